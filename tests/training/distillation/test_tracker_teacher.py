"""Teachers that track: small ONNX networks with their interfaces answer as was computed by hand."""

from pathlib import Path

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.data.box_dataset import BoxDataset, BoxMixture
from siammixer.training.data.tracks import read_tracks
from siammixer.training.distillation.tracker_teacher import (
    embedding_points,
    open_tracker,
    resampled,
    response_points,
)

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
NETWORK = NETWORKS["siammixer"]


def write(path: Path, inputs: dict, outputs: dict, nodes: list, constants: dict) -> None:
    """An ONNX file with inputs and outputs of those names and shapes."""
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(kind, i, o, **attributes) for kind, i, o, attributes in nodes],
        "teacher",
        [helper.make_tensor_value_info(name, real, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, real, shape) for name, shape in outputs.items()],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


def nanotrack(folder: Path, name: str = "small", **renamed: str) -> None:
    """Features are means of 16 pixels, blue, green, red; the score is how blue a cell is, and every box is 40
    wide, 20 high and lies 4 to the right of its cell.
    """
    pool = {"kernel_shape": [16, 16], "strides": [16, 16], "pads": [8, 8, 8, 8], "count_include_pad": 1}
    image, features = renamed.get("input", "input"), renamed.get("output", "output")
    write(
        folder / f"{name}_backbone.onnx",
        {image: [1, 3, "h", "w"]},
        {features: [1, 3, "r", "s"]},
        [("AveragePool", [image], [features], pool)],
        {},
    )
    sides = np.zeros((1, 4, 15, 15), np.float32)
    sides[0] = np.array([16, 10, 24, 10], np.float32)[:, None, None]
    nodes = [
        ("Slice", ["input2", "from", "to", "axes"], ["blue"], {}),
        ("Slice", ["blue", "start", "end", "sides"], ["inner"], {}),
        ("Sub", ["inner", "inner"], ["nothing"], {}),
        ("Concat", ["nothing", "inner"], ["output1"], {"axis": 1}),
        ("Identity", ["boxes"], ["output2"], {}),
    ]
    ints = {"from": [0], "to": [1], "axes": [1], "start": [1, 1], "end": [16, 16], "sides": [2, 3]}
    constants = {key: np.array(value, np.int64) for key, value in ints.items()} | {"boxes": sides}
    shapes = {"output1": [1, 2, 15, 15], "output2": [1, 4, 15, 15]}
    write(
        folder / f"{name}_head.onnx",
        {"input1": [1, 3, "r", "s"], "input2": [1, 3, "t", "u"]},
        shapes,
        nodes,
        constants,
    )


def fear(folder: Path) -> None:
    """The score is how blue 16 pixels are; every box is 48 wide and 24 high, in stretched pixels."""
    write(
        folder / "bold_template.onnx",
        {"image": [1, 3, 128, 128]},
        {"features": [1, 3, 8, 8]},
        [("AveragePool", ["image"], ["features"], {"kernel_shape": [16, 16], "strides": [16, 16]})],
        {},
    )
    sides = np.zeros((1, 4, 16, 16), np.float32)
    sides[0] = np.array([24, 12, 24, 12], np.float32)[:, None, None]
    pool = {"kernel_shape": [16, 16], "strides": [16, 16], "pads": [8, 8, 0, 0], "count_include_pad": 1}
    nodes = [
        ("AveragePool", ["image"], ["pooled"], pool),
        ("Slice", ["pooled", "from", "to", "axes"], ["cls"], {}),
        ("ReduceMean", ["template"], ["unused"], {}),
        ("Identity", ["boxes"], ["bbox"], {}),
    ]
    constants = {"from": np.array([2]), "to": np.array([3]), "axes": np.array([1]), "boxes": sides}
    shapes = {"cls": [1, 1, 16, 16], "bbox": [1, 4, 16, 16]}
    write(
        folder / "bold_search.onnx",
        {"image": [1, 3, 256, 256], "template": [1, 3, 8, 8]},
        shapes,
        nodes,
        constants,
    )


def blue_at(x: int, y: int, half: int = 8) -> np.ndarray:
    """A black crop with a blue square around a place, from the middle."""
    image = np.zeros((255, 255, 3), np.uint8)
    image[127 + y - half : 127 + y + half, 127 + x - half : 127 + x + half, 2] = 255
    return image


def test_nanotracks_answers_are_found_at_the_networks_cells(tmp_path):
    nanotrack(tmp_path)
    teacher = open_tracker(tmp_path)
    assert (teacher.name, teacher.channels, teacher.side) == ("small", 3, 255)
    known = teacher.template(blue_at(0, 0), np.zeros(2), np.array([60.0, 60.0]))
    answer = teacher.answer(known, blue_at(33, -15), NETWORK)
    assert answer.logits.shape == (17, 17) and answer.features.shape == (3, 11, 11)
    row, column = np.unravel_index(int(answer.logits.argmax()), answer.logits.shape)
    assert (row, column) == (8 - 2, 8 + 4)
    np.testing.assert_allclose(answer.box, [32 + 4, -16, 40, 20])
    assert answer.certainty > 0.99
    # A teacher's cell lies on every other cell of the response, those between are interpolated.
    np.testing.assert_allclose(answer.logits[6, 11], answer.logits[6, [10, 12]].mean(), rtol=1e-5)
    peak = np.unravel_index(int(answer.features[0].argmax()), (11, 11))
    assert peak == (5 - 1, 5 + 2)


def test_fears_answers_are_stretched_back(tmp_path):
    """A target twice as wide as high: a pixel of the search is 1.25 x 0.625 pixels of the crop."""
    fear(tmp_path)
    teacher = open_tracker(tmp_path)
    size = np.array([64.0, 32.0])
    known = teacher.template(blue_at(0, 0), np.zeros(2), size)
    answer = teacher.answer(known, blue_at(40, -20), NETWORK)
    row, column = np.unravel_index(int(answer.logits.argmax()), answer.logits.shape)
    assert answer.features is None and abs(column - (8 + 5)) <= 1 and abs(row - (8 - 2.5)) <= 1
    np.testing.assert_allclose(answer.box[2:], [48 * 1.25, 24 * 0.625])
    assert abs(answer.box[0] - 40) <= 10.5 and abs(answer.box[1] + 20) <= 5.5


def test_nanotrack_goes_first_and_its_answers_reach_the_samples(tmp_path, crops):
    nanotrack(tmp_path)
    fear(tmp_path)
    data = BoxDataset(
        NETWORK,
        read_tracks(crops),
        length=4,
        seed=2,
        mixture=BoxMixture(still_share=0, region_share=0),
        teacher=open_tracker(tmp_path),
    )
    sample = data[0]
    assert sample.taught.shape == (3, 17, 17) and sample.features.shape == (3, 3, 11, 11)
    assert sample.taught_box.shape == (3, 4) and ((sample.trust >= 0) & (sample.trust <= 1)).all()
    far = np.linalg.norm(sample.taught_box[:, :2] - sample.box[:, :2], axis=1) > 20
    assert not sample.trust[far | ~sample.present].any()


def test_maps_are_interpolated_between_cells_and_go_on_beyond_them():
    maps = np.arange(12.0).reshape(1, 3, 4)
    found = resampled(maps, np.array([0.0, 1.5, 9.0]), np.array([-2.0, 0.25, 3.0]))
    np.testing.assert_allclose(found[0], [[0, 0.25, 3], [6, 6.25, 9], [8, 8.25, 11]])


def test_the_points_are_the_networks_cells():
    np.testing.assert_allclose(response_points(NETWORK), np.arange(-64, 65, 8))
    np.testing.assert_allclose(embedding_points(NETWORK), np.arange(-80, 81, 16))


def test_what_is_no_teacher_is_refused(tmp_path):
    assert open_tracker(None) is None
    with pytest.raises(InputError, match=r"nowhere: no such folder of teachers"):
        open_tracker(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"must hold \*_backbone.onnx and \*_head.onnx"):
        open_tracker(tmp_path)
    nanotrack(tmp_path, input="image")
    with pytest.raises(InputError, match=r"small_backbone.onnx: inputs must be input, not image"):
        open_tracker(tmp_path)
    nanotrack(tmp_path)
    (tmp_path / "small_head.onnx").rename(tmp_path / "head")
    with pytest.raises(InputError, match=r"small_head.onnx: no such file"):
        open_tracker(tmp_path)
    (tmp_path / "small_head.onnx").write_bytes(b"no network")
    with pytest.raises(InputError, match=r"small_head.onnx: not a readable ONNX network"):
        open_tracker(tmp_path)
    nanotrack(tmp_path, "other")
    with pytest.raises(InputError, match="must hold one tracker of an interface, not other_backbone"):
        open_tracker(tmp_path)
