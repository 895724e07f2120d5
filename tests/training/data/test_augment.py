"""Nothing that is done to a crop moves its target: a marked square stays where it was."""

import cv2
import numpy as np
import pytest

from siammixer.training.data.augment import (
    Look,
    Thing,
    add_distractor,
    change_background,
    coarsen,
    develop,
    hide,
    paste,
    recolour,
    smear,
    soft_mask,
)

SIDE, MIDDLE = 101, np.array([50.0, 50.0])
MARK = np.array([62, 40])
PLAIN = Look(grey=False, coarseness=1.0)


def marked(background: int = 90) -> np.ndarray:
    """Grey with a bright 7 px square around MARK."""
    image = np.full((SIDE, SIDE, 3), background, np.uint8)
    image[MARK[1] - 3 : MARK[1] + 4, MARK[0] - 3 : MARK[0] + 4] = 230
    return image


def mark_of(image: np.ndarray) -> np.ndarray:
    """Middle of what is brighter than the rest, (x, y)."""
    excess = np.clip(image.astype(float).sum(2) - np.median(image.astype(float).sum(2)) - 20, 0, None)
    rows, columns = np.indices(excess.shape)
    return np.array([(columns * excess).sum(), (rows * excess).sum()]) / excess.sum()


CHANGES = {
    "coarse": lambda image, rng: coarsen(image, 3.2),
    "colours": lambda image, rng: recolour(image, rng, False, 0.5),
    "grey": lambda image, rng: recolour(image, rng, True, 0.5),
    "motion of even length": lambda image, rng: smear(image, 8, 0.0),
    "motion of odd length": lambda image, rng: smear(image, 11, 2.5),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", range(3))
def test_the_mark_stays(change, seed):
    changed = CHANGES[change](marked(), np.random.default_rng(seed))
    assert changed.shape == marked().shape and changed.dtype == np.uint8
    np.testing.assert_allclose(mark_of(changed), MARK, atol=0.5)


def test_motion_smears_along_its_angle_only():
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 20] = 255
    found = np.argwhere(smear(image, 10, 0.0)[:, :, 0])
    assert set(found[:, 0]) == {20} and (found[:, 1].min(), found[:, 1].max()) == (15, 25)
    for angle in np.linspace(0, np.pi, 60):
        smeared = smear(image, 16, angle).astype(int)
        # OpenCV convolves large kernels through a Fourier transform, whose noise may round either way.
        assert np.abs(smeared - smeared[::-1, ::-1]).max() <= 1, angle


def test_grey_is_grey_and_a_cast_is_not():
    image = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    grey = recolour(image, np.random.default_rng(2), True, 1.0)
    assert (grey == grey[:, :, :1]).all() and not (
        recolour(image, np.random.default_rng(2), False, 1.0) == image
    ).all()


def test_what_is_hidden_is_one_rectangle():
    image = np.random.default_rng(1).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    for seed in range(6):
        rows, columns = np.nonzero((hide(image, np.random.default_rng(seed)) != image).any(2))
        assert 5 <= np.ptp(rows) + 1 <= 22 and 5 <= np.ptp(columns) + 1 <= 22


def test_another_background_keeps_the_target_and_nothing_else():
    target = Thing(marked(), MIDDLE, np.array([40.0, 40.0]))
    other = Thing(np.full((80, 80, 3), 10, np.uint8), np.array([39.5, 39.5]), np.array([20.0, 20.0]))
    changed = change_background(target, other, np.random.default_rng(3))
    assert (changed[:20] == 10).all() and (changed[46:55, 46:55] == target.image[46:55, 46:55]).all()
    np.testing.assert_allclose(mark_of(np.where(changed == 230, changed, 0)), MARK, atol=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_a_distractor_lies_beside_the_target_and_is_about_as_large(seed):
    target = Thing(marked(), MIDDLE, np.array([16.0, 16.0]))
    other = Thing(np.full((101, 101, 3), 255, np.uint8), MIDDLE, np.array([32.0, 32.0]))
    rows, columns = np.nonzero((add_distractor(target, other, np.random.default_rng(seed)) == 255).all(2))
    distance = np.hypot(columns.mean() - 50, rows.mean() - 50)
    assert 0.85 * 16 <= distance <= 2.3 * 16 and 8 <= max(np.ptp(rows), np.ptp(columns)) <= 40


def test_a_part_outside_the_canvas_is_lost_and_the_canvas_kept():
    canvas, thing = (
        marked(),
        Thing(np.full((50, 50, 3), 5, np.uint8), np.array([24.5, 24.5]), np.array([20.0, 20.0])),
    )
    before = canvas.copy()
    pasted = paste(canvas, thing, np.array([0.0, 0.0]), 1.0, np.random.default_rng(0))
    assert (
        pasted[0, 0].tolist() == [5, 5, 5] and (pasted[20:] == canvas[20:]).all() and (canvas == before).all()
    )
    assert (paste(canvas, thing, np.array([500.0, 500.0]), 1.0, np.random.default_rng(0)) == canvas).all()


def test_masks_are_soft_and_vanish_at_the_edges():
    for seed in range(4):
        mask = soft_mask(31, 21, np.random.default_rng(seed))
        assert mask.shape == (31, 21, 1) and mask[15, 10] == 1 and np.unique(mask).size > 2
        assert not mask[0].any() and not mask[-1].any() and not mask[:, 0].any() and not mask[:, -1].any()


def test_a_look_is_shared_and_templates_are_spared():
    """The same random numbers give the same image; an unspoilt one is neither blurred nor hidden."""
    image = cv2.resize(
        np.random.default_rng(4).integers(0, 256, (25, 25, 3), dtype=np.uint8),
        (100, 100),
        interpolation=cv2.INTER_NEAREST,
    )
    one, same = (develop(image, np.random.default_rng(7), PLAIN, 1.0, spoilt=True) for _ in range(2))
    assert (one == same).all()
    for seed in range(10):
        mild = develop(image, np.random.default_rng(seed), PLAIN, 1.0, spoilt=False)
        assert (mild == cv2.resize(mild[::4, ::4], (100, 100), interpolation=cv2.INTER_NEAREST)).all()
