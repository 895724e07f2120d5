"""A branch of the network as an ONNX graph of standard operators.

=============  ==================================================================
our operator   ONNX
=============  ==================================================================
convolution,   QLinearConv (int8 x int8 -> int8, per-channel scale, INT32 bias),
depthwise,     then Relu (below opset 14 Max with zero) where the layer has one
pointwise
token          the same with tokens in the place of channels: transposed, 1 x 1
add            Slice (centre), DequantizeLinear twice, Add, QuantizeLinear (below
               opset 19 Cast and Mul twice, Add, Mul, Round, Clip, Cast)
template       Slice
correlation    ConvInteger, its kernel the graph input "template"
depthwise      QLinearConv, its kernel the graph input "template"
correlation
=============  ==================================================================

Maps are (1, channels, height, width). The graph's inputs are "pixels", uint8 RGB, and for the
search branch "template", int8; every tensor of the branch is an output under its own name, "image"
(pixels - 128) included, unless the results alone are asked for. docs/numerics.md says why these
operators and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operator import Shape
from siammixer.ir.operators import (
    CentrePointwise,
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.table import Table
from siammixer.ir.weights import Weights

OPSETS = range(12, 29)
"""The versions of ONNX's operators that a graph can be written in. In each of them onnxruntime and the
reference evaluator give golden's bits. 12 is the first with a Max of int8, 28 the last of the installed ONNX.
"""
OPSET = OPSETS[0]
"""The lowest, which the most runtimes take, also old ones."""
_DEQUANTIZE_OF_REFERENCE = 19
"""The reference evaluator knows QuantizeLinear and DequantizeLinear from this version on."""
_RELU_OF_INT8 = 14
"""The first version whose Relu takes int8; Max takes it two versions earlier."""
_ZERO = np.array(0, np.int8)


def export(
    network: Network,
    weights: Weights,
    branch: str,
    *,
    opset: int = OPSET,
    every_tensor: bool = True,
) -> onnx.ModelProto:
    """The graph of a branch, "template" or "search"; it passes onnx.checker.

    Parameters
    ----------
    opset
        Version of the operators, one of OPSETS. All give the same bits.
    every_tensor
        Every tensor is an output under its own name; without it, those alone that the branch is computed for
        (:meth:`siammixer.ir.network.Network.outputs`), so that a runtime need not keep the others.

    Raises
    ------
    InputError
        Another version.
    """
    if opset not in OPSETS:
        raise InputError(f"opset must be {OPSETS[0]}..{OPSETS[-1]}, not {opset}")
    graph = _Graph(network, weights, branch, opset)
    side = network.side(branch)
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, _planar((side, side, 3)))]
    if branch == "search":
        template = network.operator("template", "template").out_shape
        inputs.append(helper.make_tensor_value_info("template", TensorProto.INT8, _planar(template)))
    graph.pixels()
    for operator in network.operators(branch):
        graph.operator(operator)
    outputs = _outputs(network, branch, every_tensor)
    initializers = [numpy_helper.from_array(value, name) for name, value in graph.constants.items()]
    versions = helper.make_opsetid("", opset)
    model = helper.make_model(
        helper.make_graph(graph.nodes, f"{network.name}-{branch}", inputs, outputs, initializers),
        opset_imports=[versions],
        ir_version=helper.find_min_ir_version_for([versions]),  # the oldest runtimes that know the operators
        producer_name="siammixer",
    )
    helper.set_model_props(
        model, {"network": network.name, "branch": branch, "weights_fingerprint": weights.fingerprint}
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _outputs(network: Network, branch: str, every_tensor: bool) -> list[onnx.ValueInfoProto]:
    side, outputs = network.side(branch), []
    names = [operator.name for operator in network.operators(branch)]
    if every_tensor:
        outputs.append(helper.make_tensor_value_info("image", TensorProto.INT8, _planar((side, side, 3))))
    for name in names if every_tensor else network.outputs(branch):
        operator = network.operator(name, branch)
        kind = TensorProto.INT32 if operator.accumulates else TensorProto.INT8
        outputs.append(helper.make_tensor_value_info(name, kind, _planar(operator.out_shape)))
    return outputs


def _planar(shape: Shape) -> tuple[int, int, int, int]:
    height, width, channels = shape
    return 1, channels, height, width


@dataclass
class _Graph:
    """Nodes and constants of one branch, built operator by operator."""

    network: Network
    weights: Weights
    branch: str
    opset: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        """Adds a node and returns the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind} -> {output}", **attributes))
        return output

    def constant(self, name: str, value: np.ndarray) -> str:
        """Adds a constant and returns its name."""
        self.constants[name] = value
        return name

    def scale(self, tensor: str) -> str:
        """The constant 2**exponent of a tensor."""
        return self.constant(f"{tensor}/scale", np.ldexp(np.float32(1), self.weights.exponents[tensor]))

    def zero(self) -> str:
        """Name of the constant zero, INT8."""
        return self.constant("zero", _ZERO)

    def pixels(self) -> None:
        """Adds the nodes that make "image" of "pixels"."""
        wide = self.node("Cast", ["pixels"], "pixels/wide", to=TensorProto.INT32)
        centred = self.node(
            "Sub",
            [wide, self.constant("pixels/offset", np.array(numerics.PIXEL_OFFSET, np.int32))],
            "pixels/centred",
        )
        self.node("Cast", [centred], "image", to=TensorProto.INT8)

    def operator(self, operator: Operator) -> None:
        """The nodes of one operator."""
        NODES[type(operator)](self, operator)

    def dense(self, operator: DenseConvolution) -> None:
        """QLinearConv of all channels."""
        weight = self.weights.operators[operator.name].weight.transpose(0, 3, 1, 2)
        self.convolution(operator, operator.inputs[0], weight, operator.name)

    def depthwise(self, operator: DepthwiseConvolution) -> None:
        """QLinearConv of as many groups as channels."""
        weight = self.weights.operators[operator.name].weight[:, np.newaxis]
        self.convolution(operator, operator.inputs[0], weight, operator.name, operator.outputs)

    def pointwise(self, operator: PointwiseConvolution) -> None:
        """A 1 x 1 QLinearConv."""
        weight = self.weights.operators[operator.name].weight[..., np.newaxis, np.newaxis]
        self.convolution(operator, operator.inputs[0], weight, operator.name)

    def depthwise_correlation(self, operator: DepthwiseCorrelation) -> None:
        """QLinearConv of as many groups as channels, whose kernel is the graph input "template"."""
        source, template = operator.inputs
        kernel, channels = [operator.kernel] * 2, operator.outputs
        shape = self.constant(f"{operator.name}/kernel_shape", np.array([channels, 1, *kernel]))
        weight = self.node("Reshape", [template, shape], f"{operator.name}/kernel")
        self.quantised(operator, source, weight, kernel, operator.name, channels)

    def centre_pointwise(self, operator: CentrePointwise) -> None:
        """Slice, then a 1 x 1 QLinearConv."""
        name = f"{operator.name}/centre"
        source = self.centre(operator.inputs[0], operator.in_shape, operator.out_shape, name)
        weight = self.weights.operators[operator.name].weight[..., np.newaxis, np.newaxis]
        self.convolution(operator, source, weight, operator.name)

    def readout(self, operator: MapReadout) -> None:
        """Cast to INT32."""
        self.node("Cast", list(operator.inputs), operator.name, to=TensorProto.INT32)

    def cut(self, operator: TemplateCut) -> None:
        """Slice."""
        self.centre(operator.inputs[0], operator.in_shape, operator.out_shape, operator.name)

    def correlate(self, operator: Correlation) -> None:
        """ConvInteger whose kernel is the graph's input "template"."""
        self.node("ConvInteger", list(operator.inputs), operator.name)

    def convolution(
        self, operator: RequantisedOperator, source: str, weight: np.ndarray, output: str, group: int = 1
    ) -> None:
        """A convolution with a constant kernel, (out, in, k, k)."""
        name = self.constant(f"{operator.name}/weight", np.ascontiguousarray(weight))
        self.quantised(operator, source, name, list(weight.shape[2:]), output, group)

    def quantised(
        self,
        operator: RequantisedOperator,
        source: str,
        weight: str,
        kernel: list[int],
        output: str,
        group: int = 1,
    ) -> None:
        """QLinearConv whose scale source * weight / output is exactly M / 2**17, then Relu."""
        values, name = self.weights.operators[operator.name], operator.name
        source_exponent = self.weights.exponents[operator.inputs[0]]
        shift = self.weights.exponents[name] - source_exponent - numerics.REQUANTISE_SHIFT
        inputs = [
            *(source, self.scale(operator.inputs[0]), self.zero(), weight),
            self.constant(f"{name}/weight_scale", np.ldexp(values.multiplier.astype(np.float32), shift)),
            self.constant(f"{name}/weight_zero", np.zeros(operator.outputs, np.int8)),
            *(self.scale(name), self.zero()),
            self.constant(f"{name}/bias", values.bias),
        ]
        strides = [getattr(operator, "stride", 1)] * 2
        signed = f"{output}/signed" if operator.relu else output
        self.node("QLinearConv", inputs, signed, group=group, strides=strides, kernel_shape=kernel)
        if operator.relu:
            self.relu(signed, output)

    def relu(self, source: str, output: str) -> None:
        """Relu, or what is the same before there was one of int8."""
        if self.opset >= _RELU_OF_INT8:
            self.node("Relu", [source], output)
        else:
            self.node("Max", [source, self.zero()], output)

    def token(self, operator: TokenMixing) -> None:
        """Tokens to the place of channels, (1, tokens, channels, 1), a 1 x 1 QLinearConv, and back."""
        name, (_, _, channels) = operator.name, operator.in_shape
        height, width, _ = operator.out_shape
        rows = self.node("Transpose", [operator.inputs[0]], f"{name}/rows", perm=[0, 2, 3, 1])
        tokens = self.constant(f"{name}/tokens", np.array([1, operator.reduction, channels, 1]))
        source = self.node("Reshape", [rows, tokens], f"{name}/source")
        weight = self.weights.operators[name].weight
        self.convolution(operator, source, weight[:, :, np.newaxis, np.newaxis], f"{name}/mixed")
        shape = self.constant(f"{name}/shape", np.array([1, height, width, channels]))
        mixed = self.node("Reshape", [f"{name}/mixed", shape], f"{name}/map")
        self.node("Transpose", [mixed], name, perm=[0, 3, 1, 2])

    def add(self, operator: ResidualAdd) -> None:
        """In float32, where every value is a small multiple of a power of two, so exactly."""
        x, y = operator.inputs
        source = self.network.tensors(self.branch)[x]
        if source != operator.out_shape:
            x = self.centre(x, source, operator.out_shape, f"{operator.name}/centre")
        zero, result = self.zero(), operator.name
        if self.opset < _DEQUANTIZE_OF_REFERENCE:
            self.spelled_add(operator, x)
            return
        real_x = self.node("DequantizeLinear", [x, self.scale(operator.inputs[0]), zero], f"{result}/x")
        real_y = self.node("DequantizeLinear", [y, self.scale(y), zero], f"{result}/y")
        total = self.node("Add", [real_x, real_y], f"{result}/sum")
        self.node("QuantizeLinear", [total, self.scale(result), zero], result)

    def spelled_add(self, operator: ResidualAdd, x: str) -> None:
        """The same without QuantizeLinear and DequantizeLinear, from the centre ``x`` of its first input."""
        source, y = operator.inputs
        result = operator.name
        reals = []
        for tensor, name in ((source, x), (y, y)):
            wide = self.node("Cast", [name], f"{result}/{tensor}/wide", to=TensorProto.FLOAT)
            reals.append(self.node("Mul", [wide, self.scale(tensor)], f"{result}/{tensor}/real"))
        total = self.node("Add", reals, f"{result}/sum")
        per_step = np.ldexp(np.float32(1), -self.weights.exponents[result])
        steps = self.node(
            "Mul", [total, self.constant(f"{result}/steps a unit", per_step)], f"{result}/steps"
        )
        whole = self.node("Round", [steps], f"{result}/whole")
        ends = [self.constant(f"float {end}", np.float32(end)) for end in (-128, 127)]
        kept = self.node("Clip", [whole, *ends], f"{result}/kept")
        self.node("Cast", [kept], result, to=TensorProto.INT8)

    def centre(self, source: str, shape: Shape, part: Shape, output: str) -> str:
        """Adds a Slice that cuts the centre, of the size of ``part``, out of ``source``."""
        top, left = (shape[0] - part[0]) // 2, (shape[1] - part[1]) // 2
        starts = self.constant(f"{output}/starts", np.array([top, left]))
        ends = self.constant(f"{output}/ends", np.array([top + part[0], left + part[1]]))
        return self.node(
            "Slice", [source, starts, ends, self.constant("rows and columns", np.array([2, 3]))], output
        )


NODES: Table[type[Operator], Callable[[_Graph, Any], None]] = Table(
    "ONNX nodes",
    {
        DenseConvolution: _Graph.dense,
        DepthwiseConvolution: _Graph.depthwise,
        PointwiseConvolution: _Graph.pointwise,
        TokenMixing: _Graph.token,
        ResidualAdd: _Graph.add,
        TemplateCut: _Graph.cut,
        Correlation: _Graph.correlate,
        DepthwiseCorrelation: _Graph.depthwise_correlation,
        CentrePointwise: _Graph.centre_pointwise,
        MapReadout: _Graph.readout,
    },
)
"""Operator class -> what adds its nodes to a graph."""
