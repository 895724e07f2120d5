"""COCO as stills."""

import json

import numpy as np
import pytest

from siammixer.tracking.datasets import open_dataset


def annotation(number, image, box, crowd=0):
    return {"id": number, "image_id": image, "bbox": box, "iscrowd": crowd, "category_id": 1}


@pytest.fixture
def tree(tmp_path, frames, text):
    """Two images; of five objects one is a crowd, one small, one flat."""
    frames(tmp_path / "train2017", (7, 9), "{:012d}.jpg")
    images = [
        {"id": number, "file_name": f"{number:012d}.jpg", "width": 16, "height": 12} for number in (7, 9)
    ]
    objects = [
        annotation(101, 9, [1.5, 2, 40, 30]),
        annotation(102, 7, [0, 0, 90, 90], crowd=1),
        annotation(103, 7, [3, 3, 31, 33]),
        annotation(104, 7, [3, 3, 100, 0]),
        annotation(105, 7, [3, 3, 32, 32]),
    ]
    text(
        tmp_path / "annotations/instances_train2017.json",
        json.dumps({"images": images, "annotations": objects}),
    )
    return tmp_path


def test_large_objects_are_sequences_of_one_frame(tree, numbers):
    first, second = open_dataset("coco", tree)
    assert (first.name, first.boxes, numbers(first)) == ("train2017-101", [(1.5, 2, 40, 30)], [9])
    assert (second.name, second.boxes, numbers(second)) == ("train2017-105", [(3, 3, 32, 32)], [7])


def test_images_in_a_folder_of_their_own(tree):
    (tree / "images").mkdir()
    (tree / "train2017").rename(tree / "images/train2017")
    assert open_dataset("coco", tree, "train2017")[0].image(0).shape == (12, 16, 3)


def test_what_is_wrong_is_named(tree, text, refused):
    refused(r"instances_val2017\.json: no such file", "coco", tree, "val2017")
    text(tree / "annotations/instances_val2017.json", '{"images": [], "annotations": [{"id": 1}]}')
    refused(r"split must be one of train2017, val2017; .* has them all", "coco", tree)
    refused(
        r"train2014: no such folder; the images lie there or in images/train2014",
        "coco",
        renamed(tree),
        "train2014",
    )
    (tree / "val2017").mkdir()
    refused(r"instances_val2017\.json: must be COCO's JSON .* KeyError\('bbox'\)", "coco", tree, "val2017")
    text(tree / "annotations/instances_val2017.json", "not json")
    refused(r"instances_val2017\.json: must be COCO's JSON", "coco", tree, "val2017")
    text(tree / "annotations/instances_val2017.json", '{"images": [], "annotations": []}')
    refused(r"holds no annotated sequence; COCO \(stills\) is expected as", "coco", tree, "val2017")


def renamed(tree):
    (tree / "annotations/instances_train2017.json").rename(tree / "annotations/instances_train2014.json")
    return tree


def test_the_size_that_the_table_states_decides_on_the_orientation(tree, turned):
    """COCO's own boxes are of stored pixels; some tools turn the picture first, and state its size then."""
    (tree / "train2017/000000000009.jpg").write_bytes(turned(np.zeros((12, 16, 3), np.uint8)))
    table = tree / "annotations/instances_train2017.json"
    assert open_dataset("coco", tree)[0].image(0).shape == (12, 16, 3)
    table.write_text(table.read_text().replace('"width": 16, "height": 12', '"width": 12, "height": 16'))
    assert open_dataset("coco", tree)[0].image(0).shape == (16, 12, 3)
    assert open_dataset("coco", tree)[1].image(0).shape == (12, 16, 3)
    table.write_text(table.read_text().replace('"width": 12, "height": 16', '"license": 1'))
    assert open_dataset("coco", tree)[0].image(0).shape == (12, 16, 3)
