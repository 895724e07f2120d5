"""One sample for a box head in the making (:mod:`siammixer.training.data.box_dataset`).

Lengths are pixels of a 127-pixel exemplar until the sample is finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from siammixer.training.data.augment import (
    Look,
    Thing,
    add_distractor,
    change_background,
    develop,
    other_scene,
    paste,
)
from siammixer.training.data.box_views import cut_off, matrix, middle, shrunk, sized, warp
from siammixer.training.data.dataset import REGION_SIZE, known_size, textured_region
from siammixer.training.data.pairs import pixels, reach
from siammixer.training.data.removal import make_hole, take_out
from siammixer.training.distillation.tracker_teacher import TeacherAnswer

if TYPE_CHECKING:
    from siammixer.training.data.box_dataset import BoxDataset

CASES = ("stranger", "beside", "out", "covered", "partly", "moved", "changed", "distracted")
WITHOUT = CASES[:4]
"""The target cannot be seen."""
SHARES = {
    "video": (0.03, 0.04, 0.09, 0.02, 0.05, 0.09, 0.10, 0.08),
    "still": (0.03, 0.03, 0.09, 0.02, 0.05, 0.12, 0.17, 0.08),
    "region": (0.03, 0.00, 0.04, 0.02, 0.05, 0.12, 0.17, 0.09),
}
"""Of the searches, by case; the rest is as it was taken. In most pairs, target and background move as one:
without the edited ones, the network follows the background (seen on videos run backwards)."""
SCENE_SHARE, VEILED_SHARE = 0.3, 0.18
"""Of the samples, whose template shows the target in another scene, in which it is then looked for in vain or
elsewhere; and with something across it, which stands elsewhere in some of the searches."""
NEARBY_SHARE = 0.4
"""Of the moved targets, which stand 0.1 to 0.4 of their extent away from where they were."""
EDGE_SHARE = 0.12
NEAR_SHARE, NEAR = 0.3, 16.0
WIDE_SHARE, WIDEST, NARROW = 0.5, 0.42, 0.08
"""Sizes: the share of the searches that differ widely, by how much at most, and the others' deviation; in
natural logarithms."""
TRUSTED_DISTANCE = 20.0
BEYOND_REACH = 2.0
SMALLEST_BOX = 4.0
"""Of a teacher, so that its logarithm is one."""


class Draft:
    """One sample in the making."""

    def __init__(self, dataset: BoxDataset, rng: Generator):
        self.dataset, self.rng, mixture = dataset, rng, dataset.mixture
        self.side, self.scale = dataset.side, dataset.network.search_side / dataset.side
        self.reach = reach(dataset.network) / pixels(dataset.network, 1.0) + BEYOND_REACH
        draw = rng.random()
        self.region = draw < mixture.region_share
        self.still = not self.region and draw < mixture.region_share + mixture.still_share
        self.number, self.index = dataset.pick(rng, self.still or (self.region and rng.random() < 0.5))
        self.track = dataset.tracks[self.number]
        self.source = self.track.image(self.index)
        self.centre, self.zoom = np.full(2, (self.source.shape[0] - 1) / 2), 1.0
        self.size = known_size(self.track.size(self.index))
        if self.region:
            self.centre, self.zoom = textured_region(self.source, rng)
            aspect = np.exp(rng.normal(0, 0.3))
            self.size = REGION_SIZE * self.zoom * np.array([aspect, 1 / aspect])
        self.mirror = rng.choice([-1.0, 1.0])
        self.look = Look.draw(rng)
        self.scene = self.other_scene() if rng.random() < SCENE_SHARE else None
        self.veil = self.strip() if rng.random() < VEILED_SHARE else None

    def finish(self, searches: int) -> dict[str, np.ndarray]:
        """Returns the fields of a :class:`siammixer.training.data.box_dataset.BoxSample`."""
        rng, teacher = self.rng, self.dataset.teacher
        linear, at = self.linear(0.02, 0.02, 0.01), rng.uniform(-2, 2, 2)
        shown = self.source
        if self.scene is not None:
            shown = paste(self.scene, Thing(self.source, self.centre, self.size), self.centre, 1.0, rng)
        if self.veil is not None:
            shown = paste(shown, self.veil, self.centre + rng.normal(0, 0.2, 2) * self.size, 1.0, rng)
        clean = warp(shown, self.side, self.centre, at, linear, rng, mirrored=False)
        size, look = sized(self.size, linear), self.look.varied(rng)
        template = develop(clean, rng, look, 1.0, spoilt=False)
        known = None if teacher is None else teacher.template(middle(clean, teacher.side), at, size)
        drawn = [self.search(size, known) for _ in range(searches)]
        fields = {name: np.stack([search[name] for search in drawn]) for name in drawn[0]}
        sizes = np.tile((size * self.scale).astype(np.float32), (searches, 1))
        return {"template": shrunk(template, self.dataset.network.search_side), "size": sizes, **fields}

    def search(self, template_size: np.ndarray, known: object) -> dict[str, np.ndarray]:
        """Returns one search crop with all that is to be learnt from it.

        Parameters
        ----------
        template_size
            The target's in the template, (width, height).
        known
            The teacher's template; None without a teacher.
        """
        rng, loose, case = self.rng, self.still or self.region, self.case()
        gap = self.dataset.mixture.gap
        index = self.index if self.region else int(rng.choice(self.track.near(self.index, -gap, gap)))
        image = self.source if index == self.index else self.track.image(index)
        size = self.size if self.region else known_size(self.track.size(index))
        target, before = self.edited(case, Thing(image, self.centre, size))
        image, size = target.image, target.size
        if self.veil is not None and case != "beside" and rng.random() < 0.6:
            image = paste(image, self.veil, target.centre + self.beside(size), 1.0, rng)
        linear = self.linear(NARROW, 0.10 if loose else 0.07, 0.10 if loose else 0.06)
        if rng.random() < WIDE_SHARE:
            linear = linear * np.exp(rng.uniform(-WIDEST, WIDEST))
        at = self.place(np.linalg.inv(linear) @ (before - target.centre))
        if case == "beside":
            linear, at = self.out_of_sight(linear, at, size)
        clean = warp(image, self.side, target.centre, at, linear, rng, mirrored=True)
        spans = sized(size, linear)
        if case != "beside" and rng.random() < EDGE_SHARE:
            clean = cut_off(clean, at, spans, rng)
        box = np.array([*at * self.scale, *np.log(spans / template_size)], np.float32)
        developed = develop(clean, rng, self.look.varied(rng), 1.0, spoilt=True)
        return {
            "search": shrunk(developed, self.dataset.network.search_side),
            "box": box,
            "present": np.array(case not in WITHOUT),
            **self.taught(known, clean, at, template_size, case not in WITHOUT),
        }

    def taught(
        self, known: object, clean: np.ndarray, at: np.ndarray, template_size: np.ndarray, present: bool
    ) -> dict[str, np.ndarray]:
        """Returns what the teacher says of a search; nothing without a teacher."""
        teacher = self.dataset.teacher
        if teacher is None:
            return {}
        answer: TeacherAnswer = teacher.answer(known, middle(clean, teacher.side), self.dataset.network)
        near = np.linalg.norm(answer.box[:2] - at) < TRUSTED_DISTANCE
        sizes = np.log(answer.box[2:].clip(SMALLEST_BOX) / template_size)
        result = {
            "taught": answer.logits.astype(np.float16),
            "taught_box": np.array([*answer.box[:2] * self.scale, *sizes], np.float32),
            "trust": np.array(answer.certainty if near and present else 0.0, np.float32),
        }
        if answer.features is not None:
            result["features"] = answer.features.astype(np.float16)
        return result

    def linear(self, scale: float, aspect: float, turn: float) -> np.ndarray:
        """Returns a view's matrix from its offsets to the crop's, as :func:`matrix` draws it."""
        turned = matrix(self.rng, self.zoom, scale=scale, aspect=aspect, turn=turn)
        return np.diag([self.mirror, 1.0]) @ turned

    def other_scene(self) -> np.ndarray | None:
        """Returns another scene for the template; None where only flat ones were found."""
        x, y = (int(value) for value in self.centre)
        for _ in range(3):
            scene = other_scene(self.source, self.stranger(), self.rng)
            if scene[max(0, y - 60) : y + 60 : 4, max(0, x - 60) : x + 60 : 4, 1].std() > 8:
                return scene
        return None

    def strip(self) -> Thing:
        """Returns a piece of another scene that covers a part of the target: upright, lying, or as the target
        lies.
        """
        other = self.stranger()
        wide = self.rng.uniform(0.25, 0.6)
        shape = np.array([(wide, 1.4), (1.4, wide), (0.65, 0.65)][self.rng.integers(3)])
        size = (shape * self.size * self.rng.uniform(0.8, 1.15, 2)).clip(8, 200)
        return Thing(other.image, other.centre, size)

    def beside(self, size: np.ndarray) -> np.ndarray:
        """Returns an offset from a target of that size at which the veil does not cover it."""
        rng, signs = self.rng, self.rng.choice([-1, 1], 2)
        away = 0.5 * (size + self.veil.size) + rng.uniform(0, 40, 2)
        return signs * away * rng.permutation([1.0, rng.uniform(0, 0.8)])

    def place(self, before: np.ndarray) -> np.ndarray:
        """Returns where the target shall be in the search, from its middle; where it was moved, such that its
        old place, ``before`` from it, is seen too if that can be.
        """
        rng, at = self.rng, np.zeros(2)
        for _ in range(8):
            near = rng.random() < NEAR_SHARE
            at = (
                rng.normal(0, NEAR, 2).clip(-self.reach, self.reach)
                if near
                else rng.uniform(-self.reach, self.reach, 2)
            )
            if np.abs(at + before).max() < self.reach + 10:
                break
        return at

    def out_of_sight(
        self, linear: np.ndarray, at: np.ndarray, size: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns a view that is zoomed in a little, and a place so far to one side that the target is just
        out of sight.
        """
        rng = self.rng
        linear = linear * min(1.0, 0.8 * self.zoom / np.sqrt(abs(np.linalg.det(linear))))
        axis, spans = int(rng.integers(2)), sized(size, linear)
        at = at.copy()
        at[axis] = rng.choice([-1, 1]) * (self.side / 2 + spans[axis] / 2 + rng.uniform(4, 25))
        return linear, at

    def case(self) -> str:
        """Returns one of :data:`CASES`, or "natural"."""
        shares = np.cumsum(SHARES["region" if self.region else "still" if self.still else "video"])
        return (*CASES, "natural")[int((self.rng.random() >= shares).sum())]

    def edited(self, case: str, target: Thing) -> tuple[Thing, np.ndarray]:
        """Returns the target in its image, or what stands for it, and where it was before it was moved."""
        rng, image, centre = self.rng, target.image, target.centre
        if case in ("natural", "beside"):
            return target, centre
        other = self.stranger()
        if case == "stranger":
            return Thing(other.image, other.centre, target.size), other.centre
        if case == "moved":
            return self.moved(target, other), centre
        if case == "out":
            own = self.scene is None or rng.random() >= 0.6
            image = take_out(target, other, rng) if own else self.scene
            # What is pasted and what is filled in must not be a sign of anything.
            if rng.random() < 0.4:
                image = self.disturbed(Thing(image, centre, target.size))
        elif case in ("covered", "partly"):
            image = self.covered(target, other, whole=case == "covered")
        elif case == "changed":
            image = change_background(target, other, rng)
        else:
            image = self.disturbed(target)
        return Thing(image, centre, target.size), centre

    def covered(self, target: Thing, other: Thing, *, whole: bool) -> np.ndarray:
        """Returns the target's image with another thing across it."""
        rng = self.rng
        away = np.zeros(2) if whole else rng.choice([-1, 1], 2) * rng.uniform(0.25, 0.7, 2) * target.size
        scale = float((target.size / other.size).max() * (1.35 if whole else rng.uniform(0.7, 1.1)))
        return paste(target.image, other, target.centre + away, min(scale, 6.0), rng)

    def moved(self, target: Thing, other: Thing) -> Thing:
        """Returns the target cut out, over its own scene without it or over the template's, away from where
        it was.
        """
        rng, scale = self.rng, float(np.exp(self.rng.normal(0, 0.12)))
        own = self.scene is None or rng.random() < 0.35
        canvas = take_out(target, other, rng) if own else self.scene
        sides, half = np.array(canvas.shape[1::-1]), scale * target.size / 2
        at, short = target.centre, rng.random() < NEARBY_SHARE
        for _ in range(8):
            angle = rng.uniform(0, 2 * np.pi)
            length = target.extent * (rng.uniform(0.1, 0.4) if short else rng.uniform(0.4, 1.8))
            step = length * np.array([np.cos(angle), np.sin(angle)])
            at = np.clip(target.centre + step, half + 3, np.maximum(sides - half - 4, half + 3))
            if np.linalg.norm(at - target.centre) > 0.8 * length:
                break
        return Thing(paste(canvas, target, at, scale, rng), at, target.size * scale)

    def disturbed(self, target: Thing) -> np.ndarray:
        """Returns the image with one to three strangers pasted in, or holes filled, beside the target."""
        rng, image = self.rng, target.image
        for _ in range(rng.integers(1, 4)):
            here = Thing(image, target.centre, target.size)
            if rng.random() < 0.35:
                image = make_hole(here, self.stranger(), rng)
            else:
                # A twin of the target tells apart least.
                twin = rng.random() < 0.25 and not self.region
                image = add_distractor(here, self.twin() if twin else self.stranger(), rng)
        return image

    def stranger(self) -> Thing:
        """Returns a random other target."""
        number, index = self.dataset.pick(self.rng, self.rng.random() < 0.4)
        if number == self.number:
            number, index = self.dataset.pick(self.rng, True)
        return self.thing(number, index)

    def twin(self) -> Thing:
        """Returns another track of the same source, often the same kind of thing."""
        tracks, source = self.dataset.tracks, _source(self.track.name)
        alike = [
            number
            for number in self.dataset.videos
            if number != self.number and _source(tracks[number].name) == source
        ]
        if not alike:
            return self.stranger()
        number = int(self.rng.choice(alike))
        return self.thing(number, int(self.rng.integers(len(tracks[number].frames))))

    def thing(self, number: int, index: int) -> Thing:
        """Returns the target of a crop."""
        track = self.dataset.tracks[number]
        image = track.image(index)
        return Thing(image, np.full(2, (image.shape[0] - 1) / 2), known_size(track.size(index)))


def _source(name: str) -> str:
    """Returns what the names of the tracks of one source begin with."""
    return name.split("/")[0].split("_")[0]
