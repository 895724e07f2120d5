import math

import cv2
import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import (
    Window,
    box_from_peak,
    crop,
    mean_colour,
    resample,
    search_window,
    template_window,
)

NETWORK = find_network("siammixer")
SEEDS = range(6)


def random_image(seed, height=90, width=120):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def random_box(seed):
    random = np.random.default_rng(seed)
    width, height = random.uniform(4, 60, 2)
    x, y = random.uniform((-10, -10), (100, 70))
    return Box(x, y, width, height)


def exact(image, box, side):
    """The crop by its definition, in floating point and pixel by pixel's four neighbours."""
    width, height = box.width, box.height
    padding = (width + height) / 2
    step = math.sqrt((width + padding) * (height + padding)) / NETWORK.exemplar_side
    fill = image.reshape(-1, 3).mean(axis=0)
    offsets = (np.arange(side) - (side - 1) / 2) * step - 0.5
    x, y = (centre + offsets for centre in box.centre)
    padded = np.pad(image.astype(float), ((400, 400), (400, 400), (0, 0)))
    padded[:400] = padded[-400:] = padded[:, :400] = padded[:, -400:] = np.rint(fill)
    x, y = x + 400, y + 400
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = (x - column)[None, :, None], (y - row)[:, None, None]
    a, b, c, d = (padded[np.ix_(row + i, column + j)] for i in (0, 1) for j in (0, 1))
    return (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v


@pytest.mark.parametrize("seed", SEEDS)
def test_within_rounding_of_the_definition(seed):
    # Noise makes the worst gradients: positions are within 1/256 pixel, so values within 2 x 255/256 + 1/2.
    image, box = random_image(seed), random_box(seed)
    difference = np.abs(crop(image, search_window(box, NETWORK)) - exact(image, box, NETWORK.search_side))
    assert difference.max() <= 2.5
    assert difference.mean() <= 0.5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_agrees_with_opencv(seed, name):
    network = find_network(name)
    image, box = cv2.GaussianBlur(Clip(frames=1).image(0), (0, 0), 2), random_box(seed)
    window = search_window(box, network)
    scale = window.step / 2**16
    first = [centre / 256 - 0.5 - (window.side - 1) / 2 * scale for centre in (window.x, window.y)]
    matrix = np.array([[scale, 0, first[0]], [0, scale, first[1]]])
    fill = tuple(map(int, mean_colour(image)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = cv2.warpAffine(
        image,
        matrix,
        (window.side, window.side),
        flags=flags,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=fill,
    )
    difference = np.abs(crop(image, window).astype(int) - expected)
    # The image's border is a hard edge, where OpenCV's coarser positions show.
    inside = crop(np.full_like(image, 255), window).min(axis=2) == 255
    assert difference[inside].max() <= 2
    assert difference.mean() <= 0.5


def by_pixel(image, left, top, step, size, fill):
    """The resampling's definition, one channel of one sample after the other, in Python's integers."""
    height, width, channels = image.shape
    image = image.tolist()
    result = np.empty((*size, channels), np.uint8)
    for row, column, channel in np.ndindex(result.shape):
        (y, v), (x, u) = (
            divmod((first + step * index + 128) >> 8, 256) for first, index in ((top, row), (left, column))
        )
        total = 0
        for i, j, weight in (
            (y, x, (256 - v) * (256 - u)),
            (y, x + 1, (256 - v) * u),
            (y + 1, x, v * (256 - u)),
            (y + 1, x + 1, v * u),
        ):
            inside = 0 <= i < height and 0 <= j < width
            total += weight * (image[i][j][channel] if inside else int(fill[channel]))
        result[row, column, channel] = (total + 2**15) >> 16
    return result


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_resampling_equals_loops(seed, channels):
    random = np.random.default_rng(seed)
    for step in (1, 2**15 + 77, 2**16, 3 * 2**16 + 1234, 2**22):
        image = random.choice([0, 1, 254, 255, 255], (*random.integers(1, 20, 2), channels)).astype(np.uint8)[
            :, ::-1
        ]
        left, top = map(int, random.integers(-(25 << 16), 25 << 16, 2))
        arguments = (
            image,
            left,
            top,
            step,
            tuple(map(int, random.integers(1, 12, 2))),
            random.integers(0, 256, channels),
        )
        np.testing.assert_array_equal(resample(*arguments), by_pixel(*arguments), err_msg=str(arguments[1:5]))


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_colour_rounds_half_up(seed):
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (*random.integers(1, 80, 2), 3), np.uint8)
    pixels = image[..., 0].size
    assert mean_colour(image[..., ::-1]).tolist() == [
        (int(image[..., c].sum()) + pixels // 2) // pixels for c in (2, 1, 0)
    ]


def test_mean_colour_of_the_brightest_frame_is_exact():
    image = np.full((2160, 3840, 3), 255, np.uint8)
    image[:1080, :, 1] = 254
    image[0, 0, 1] = 253
    assert mean_colour(image).tolist() == [255, 254, 255]


def test_a_given_fill_lies_outside():
    image, window = random_image(4), Window(x=0, y=0, step=2**16, side=31)
    np.testing.assert_array_equal(crop(image, window, mean_colour(image)), crop(image, window))
    assert (crop(image, window, np.array([7, 8, 9], np.uint8))[:15, :15] == (7, 8, 9)).all()


def test_an_image_too_large_for_opencv_is_refused():
    image = np.zeros((1, 32765, 3), np.uint8)
    window = Window(x=32764 * 256, y=0, step=2**16, side=3)
    with pytest.raises(InputError, match="must have at most 32764 pixels along an edge, not 32765"):
        crop(image, window)
    image[0, 32763] = 200
    assert crop(image[:, :-1], window, np.zeros(3, np.uint8)).max() == 50


def test_scale_is_siamfcs():
    window = search_window(Box(10, 20, 40, 24), NETWORK)
    padding = (40 + 24) / 2
    assert window.step / 2**16 * NETWORK.exemplar_side == pytest.approx(
        math.sqrt((40 + padding) * (24 + padding)), abs=0.01
    )
    assert (window.x, window.y, window.side) == (30 * 256, 32 * 256, 255)


@pytest.mark.parametrize("name", NETWORKS)
def test_template_is_the_middle_of_the_search_crop(name):
    network, image = find_network(name), random_image(1)
    box = Box(40, 30, 21, 17)
    template, search = crop(image, template_window(box, network)), crop(image, search_window(box, network))
    margin = (network.search_side - network.template_side) // 2
    assert template.shape == (network.template_side, network.template_side, 3)
    assert (
        template == search[margin : margin + network.template_side, margin : margin + network.template_side]
    ).all()


def test_whole_pixels_are_copied():
    image = random_image(2)
    assert (
        crop(image, Window(x=40 * 256 + 128, y=30 * 256 + 128, step=2**16, side=11)) == image[25:36, 35:46]
    ).all()


def test_half_a_pixel_blends_and_rounds_half_up():
    image = np.array([[[0], [1], [4]]], np.uint8)
    fill = np.array([0], np.uint8)
    assert resample(image, 2**15, 0, 2**16, (1, 2), fill).ravel().tolist() == [1, 3]


@pytest.mark.parametrize(
    ("position", "expected"), [(127, 0), (128, 1), (383, 1), (384, 2), (2**16 - 129, 254), (2**16 - 128, 255)]
)
def test_positions_round_half_up_to_a_256th(position, expected):
    image = np.array([[[0], [255]]], np.uint8)
    assert resample(image, position, 0, 2**16, (1, 1), np.array([0], np.uint8)).item() == expected


def test_outside_is_the_mean_colour():
    image = np.zeros((10, 10, 3), np.uint8)
    image[:5] = (255, 100, 3)
    assert mean_colour(image).tolist() == [128, 50, 2]
    for x, y in ((-500, 5), (500, 5), (5, -500), (5, 500)):
        assert (crop(image, Window(x=x * 256, y=y * 256, step=2**16, side=31)) == (128, 50, 2)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_moved_image_moves_the_crop(seed):
    """The same pixels at another place of a larger image give the same crop, up to the mean colour."""
    image, box = random_image(seed), Box(50, 40, 8, 9)
    large = np.zeros((200, 300, 3), np.uint8)
    large[60:150, 110:230] = image
    moved = Box(box.x + 110, box.y + 60, box.width, box.height)
    assert (
        crop(image, template_window(box, find_network("tiny")))
        == crop(large, template_window(moved, find_network("tiny")))
    ).all()


def test_smallest_and_largest_boxes():
    image = random_image(3)
    for width, height in ((1e-6, 1e-6), (1, 1), (5000, 0.5), (30000, 30000)):
        assert crop(image, search_window(Box(60, 45, width, height), NETWORK)).shape == (255, 255, 3)


def test_middle_of_the_response_is_where_we_looked():
    box = Box(33.25, 20.5, 17, 30)
    middle = NETWORK.response_side // 2
    assert box_from_peak((middle, middle), search_window(box, NETWORK), box, NETWORK) == box


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_peak_points_at_what_the_crop_shows_there(seed, name):
    """A cell's box, seen in the crop, lies the cell's strides away from the middle."""
    network, box = find_network(name), random_box(seed)
    window = search_window(box, network)
    row, column = np.random.default_rng(seed).integers(0, network.response_side, 2)
    found = box_from_peak((int(row), int(column)), window, box, network)
    assert (found.width, found.height) == (box.width, box.height)
    middle, half = (network.response_side - 1) / 2, network.search_side / 2
    expected = half + (column - middle) * network.stride, half + (row - middle) * network.stride
    assert window.to_crop(found).centre == pytest.approx(expected, abs=1e-6)


def test_a_peak_brings_back_a_moved_target():
    """A dot in the image, seen in the crop under some response cell, is boxed where it is."""
    box = Box(100, 80, 30, 30)
    window = search_window(box, NETWORK)
    row, column = 3, 12
    image = np.zeros((240, 320, 3), np.uint8)
    found = box_from_peak((row, column), window, box, NETWORK)
    x, y = (math.floor(value) for value in found.centre)
    image[y, x] = 255
    seen = np.unravel_index(crop(image, window)[..., 0].argmax(), (255, 255))
    middle = NETWORK.response_side // 2
    expected = np.array([127 + (row - middle) * 8, 127 + (column - middle) * 8])
    assert np.abs(np.array(seen) - expected).max() <= window.scale / 2 + 1
