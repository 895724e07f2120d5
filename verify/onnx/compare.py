"""Golden against onnxruntime and the ONNX reference evaluator, tensor by tensor."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from siammixer.golden.difference import first_difference
from siammixer.golden.network import run
from siammixer.ir.errors import InputError
from siammixer.ir.files import whole_file, write_draft
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.weights import Weights
from siammixer.verify.onnx.export import OPSET, export

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One tensor of one branch: its size and in how many elements each evaluator differs from golden.

    ``first`` locates the first difference in (row, column, channel) order, or is empty.
    """

    branch: str
    tensor: str
    elements: int
    onnxruntime: int
    reference: int
    first: str = ""

    @property
    def equal(self) -> bool:
        """Whether both evaluators agree with golden in every element."""
        return self.onnxruntime == self.reference == 0


def confirm(
    network: Network, weights: Weights, template_crop: np.ndarray, search_crop: np.ndarray
) -> list[Row]:
    """Every tensor of both branches, in order of execution.

    Each evaluator computes from the pixels alone: its search branch gets its own template, and
    golden's tensors enter neither.

    Parameters
    ----------
    template_crop, search_crop
        uint8 (side, side, 3), RGB, of the branches' sides.
    """
    rows: list[Row] = []
    crops = {"template": template_crop, "search": search_crop}
    templates: dict[str, np.ndarray | None] = {"golden": None, "onnxruntime": None, "reference": None}
    for branch in BRANCHES:
        golden = run(network, weights, crops[branch], branch, template=templates["golden"])
        model = export(network, weights, branch)
        found = {
            "onnxruntime": run_onnxruntime(model, crops[branch], templates["onnxruntime"]),
            "reference": run_reference(model, crops[branch], templates["reference"]),
        }
        rows += [
            compare(branch, name, tensor, {engine: tensors[name] for engine, tensors in found.items()})
            for name, tensor in golden.items()
        ]
        templates = {
            engine: tensors.get("template") for engine, tensors in ({"golden": golden} | found).items()
        }
    return rows


def compare(branch: str, name: str, golden: np.ndarray, found: Tensors) -> Row:
    """A tensor of golden against the same tensor of each evaluator."""
    counts, first = {}, []
    for engine, tensor in found.items():
        problem = first_difference(name, golden, tensor, engine=engine)
        alike = tensor.dtype == golden.dtype and tensor.shape == golden.shape
        counts[engine] = int(np.count_nonzero(tensor != golden)) if alike else golden.size
        first += [problem] if problem else []
    return Row(branch=branch, tensor=name, elements=golden.size, first="; ".join(first), **counts)


def run_onnxruntime(model: onnx.ModelProto, crop: np.ndarray, template: np.ndarray | None = None) -> Tensors:
    """Every tensor (height, width, channels) that onnxruntime computes, by name; its
    optimisations stay on."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return _run(session, model, crop, template)


def run_reference(model: onnx.ModelProto, crop: np.ndarray, template: np.ndarray | None = None) -> Tensors:
    """The same from the reference evaluator, the executable form of the ONNX standard."""
    return _run(ReferenceEvaluator(model), model, crop, template)


def _run(evaluator, model: onnx.ModelProto, crop: np.ndarray, template: np.ndarray | None) -> Tensors:
    given = {"pixels": crop} | ({} if template is None else {"template": template})
    planar = {
        name: np.ascontiguousarray(array.transpose(2, 0, 1)[np.newaxis]) for name, array in given.items()
    }
    names = [output.name for output in model.graph.output]
    results = evaluator.run(names, planar)
    return {name: array[0].transpose(1, 2, 0) for name, array in zip(names, results, strict=True)}


def save_onnx(
    path: Path | str,
    network: Network,
    weights: Weights,
    *,
    opset: int = OPSET,
    every_tensor: bool = True,
) -> list[Path]:
    """Writes the search branch to ``path`` and the template branch beside it, "-template" in its name.

    The template branch's output "template" is the search branch's input of that name. Nothing is
    left half written.

    Parameters
    ----------
    opset, every_tensor
        As in :func:`siammixer.verify.onnx.export.export`.

    Returns
    -------
    list
        The two paths, the search branch's first.

    Raises
    ------
    InputError
        Another opset, or a file that cannot be written: before the work where that can be known.
    """
    search = Path(path)
    if not search.name:
        raise InputError(
            f"{path}: is a folder; name a file to write" if str(path) else "a file must have a name"
        )
    if search.exists() and not search.is_file() and not search.is_dir():
        raise InputError(f"{path}: must be a file, beside which the template branch can lie")
    paths = {"search": search, "template": search.with_name(f"{search.stem}-template{search.suffix}")}
    with ExitStack() as files:
        drafts = {branch: files.enter_context(whole_file(target)) for branch, target in paths.items()}
        for branch, draft in drafts.items():
            model = export(network, weights, branch, opset=opset, every_tensor=every_tensor)
            write_draft(draft, model.SerializeToString())
    return list(paths.values())
