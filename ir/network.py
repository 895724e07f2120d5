"""The network catalogue: the one place where layers and sizes are written down.

A :class:`Network` is a list of layers. :meth:`Network.operators` lowers it, per branch, to the
operators that golden computes, that ONNX names and that the accelerator runs; each operator
carries its shapes, so that nothing downstream types a size again.

Shapes are (height, width, channels), channel last. A token operator sees its input as
(tokens, channels); its hidden map has the shape (hidden, 1, channels).

The structure follows Cheng et al., "SiamMixer", Sensors 2022, 22(4), 1585: a patch stage of
convolutions, then mixer blocks (MLP-Mixer with ReLU, BatchNorm and Conv1d), two branches, and a
similarity. Widths, depths and input sizes are ours.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from math import prod

from siammixer.ir import numerics
from siammixer.ir.errors import InputError

PIXEL_CHANNELS = 3
"""Red, green, blue."""
BRANCHES = ("template", "search")
KINDS = ("convolution", "depthwise", "pointwise", "token", "add", "template", "correlation")
WEIGHTED_KINDS = ("convolution", "depthwise", "pointwise", "token")
Shape = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """Dense kernel x kernel convolution of the RGB crop, BatchNorm, ReLU; no padding."""

    name: str
    channels: int
    kernel: int = 3
    stride: int = 2


@dataclass(frozen=True, kw_only=True)
class Depthwise:
    """Depthwise convolution, BatchNorm, ReLU; no padding.

    With ``residual`` it mixes tokens locally: the centre crop of the input is added to the
    result (stride 1 only).
    """

    name: str
    kernel: int = 3
    stride: int = 1
    residual: bool = False


@dataclass(frozen=True, kw_only=True)
class Pointwise:
    """1 x 1 convolution, BatchNorm, and ReLU unless ``relu`` is False."""

    name: str
    channels: int
    relu: bool = True


@dataclass(frozen=True, kw_only=True)
class ChannelMLP:
    """Channel mixing: Conv1d to ``hidden`` channels, BN, ReLU, Conv1d back, BN, residual."""

    name: str
    hidden: int


@dataclass(frozen=True, kw_only=True)
class TokenMLP:
    """Global token mixing: Linear over all tokens to ``hidden``, BN, ReLU, Linear back, BN, residual.

    One set of weights serves every channel; BatchNorm is per output token so that it folds.
    """

    name: str
    hidden: int


Layer = Convolution | Depthwise | Pointwise | ChannelMLP | TokenMLP


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of one branch; its result is the tensor of the same name.

    ``inputs`` names tensors: "image" is the crop, "template" the stored template. For an "add"
    the first input is the residual (centre-cropped to the second's size), the second the branch.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    in_shape: Shape
    out_shape: Shape
    kernel: int = 1
    stride: int = 1
    relu: bool = False
    patch: bool = False

    @property
    def reduction(self) -> int:
        """Products summed into one output element."""
        height, width, channels = self.in_shape
        match self.kind:
            case "convolution":
                return self.kernel**2 * channels
            case "depthwise":
                return self.kernel**2
            case "pointwise":
                return channels
            case "token":
                return height * width
            case "correlation":
                return self.kernel**2 * channels
        return 0

    @property
    def outputs(self) -> int:
        """Rows of the weight matrix: output channels, or output tokens of a token operator."""
        height, width, channels = self.out_shape
        return height * width if self.kind == "token" else channels

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole map, without any recompute."""
        return prod(self.out_shape) * self.reduction

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weight array: (out, k, k, in), (channels, k, k) or (out, in); () without."""
        match self.kind:
            case "convolution":
                return (self.outputs, self.kernel, self.kernel, self.in_shape[2])
            case "depthwise":
                return (self.outputs, self.kernel, self.kernel)
            case "pointwise" | "token":
                return (self.outputs, self.reduction)
        return ()

    @property
    def weight_bytes(self) -> int:
        return prod(self.weight_shape) if self.weight_shape else 0

    @property
    def constant_bytes(self) -> int:
        """Bytes of the biases and requantisation multipliers."""
        if not self.weight_shape:
            return 0
        return self.outputs * (numerics.BIAS_BYTES + numerics.MULTIPLIER_BYTES)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A tracker network: crops of ``search_side`` and ``template_side`` pixels in, response out.

    Parameters
    ----------
    exemplar_side
        Pixels of the crop that the target with its context is scaled to (SiamFC's 127 of 255).
    patch_layers
        The shallow stage, run patch by patch.
    mixer_layers
        The deep stage, run on the whole map.
    template_tokens
        Side of the template: the centre of the template branch's map.
    """

    name: str
    search_side: int
    template_side: int
    exemplar_side: int
    template_tokens: int
    patch_layers: tuple[Layer, ...]
    mixer_layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        template, search = (self.operators(branch) for branch in BRANCHES)
        # The search branch reads the other two by name.
        names = ["image", "template", *(operator.name for operator in search)]
        if len(names) != len(set(names)):
            raise InputError(f"network {self.name}: layer names must be unique, not {names}")
        for one, other in zip(template, search, strict=True):
            if one.weight_shape != other.weight_shape:
                raise InputError(
                    f"network {self.name}, layer {one.name}: both branches must have the same number of "
                    "tokens, "
                    f"not {one.in_shape[0] * one.in_shape[1]} and {other.in_shape[0] * other.in_shape[1]}"
                )

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.patch_layers + self.mixer_layers

    @property
    def stride(self) -> int:
        """Search-crop pixels per response cell."""
        result = 1
        for layer in self.layers:
            result *= getattr(layer, "stride", 1)
        return result

    @property
    def embedding(self) -> str:
        """Name of the tensor that the template is cut from and the correlation reads."""
        return self.layers[-1].name

    @property
    def response_side(self) -> int:
        return self.operators("search")[-1].out_shape[0]

    def side(self, branch: str) -> int:
        if branch not in BRANCHES:
            raise InputError(f"branch must be one of {', '.join(BRANCHES)}, not {branch!r}")
        return self.search_side if branch == "search" else self.template_side

    def operators(self, branch: str) -> tuple[Operator, ...]:
        """The operators of a branch, in order of execution."""
        side = self.side(branch)
        builder = _Lowering(self.name, (side, side, PIXEL_CHANNELS))
        for layer in self.layers:
            builder.layer(layer, patch=layer in self.patch_layers)
        return tuple(builder.finish(branch, self.template_tokens))

    def operator(self, name: str, branch: str = "search") -> Operator:
        for operator in self.operators(branch):
            if operator.name == name:
                return operator
        raise InputError(f"network {self.name} has no operator {name!r}")

    def weighted(self) -> tuple[Operator, ...]:
        """The operators that own weights (the same in both branches)."""
        return tuple(o for o in self.operators("search") if o.kind in WEIGHTED_KINDS)

    def tensors(self, branch: str = "search") -> dict[str, Shape]:
        """Every INT8 tensor of a branch and its shape, "image" first; the response is left out."""
        shapes: dict[str, Shape] = {"image": (self.side(branch), self.side(branch), PIXEL_CHANNELS)}
        for operator in self.operators(branch):
            if operator.kind != "correlation":
                shapes[operator.name] = operator.out_shape
        return shapes

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one search frame."""
        return sum(operator.macs for operator in self.operators("search"))

    @property
    def parameter_bytes(self) -> int:
        return sum(o.weight_bytes + o.constant_bytes for o in self.weighted())

    @property
    def fingerprint(self) -> str:
        """16 hex digits that name this description; any change of a layer or size changes it."""
        description = {
            "sides": (self.search_side, self.template_side, self.exemplar_side),
            "template": self.template_tokens,
        }
        description["layers"] = [
            (type(layer).__name__, dataclasses.asdict(layer), layer in self.patch_layers)
            for layer in self.layers
        ]
        return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16]


class _Lowering:
    """Turns layers into operators, carrying the current tensor and its shape."""

    def __init__(self, network: str, shape: Shape):
        self.network = network
        self.tensor, self.shape = "image", shape
        self.result: list[Operator] = []

    def emit(self, name: str, kind: str, out_shape: Shape, **fields) -> None:
        inputs = fields.pop("inputs", (self.tensor,))
        self.result.append(
            Operator(name=name, kind=kind, inputs=inputs, in_shape=self.shape, out_shape=out_shape, **fields)
        )
        self.tensor, self.shape = name, out_shape

    def slid(self, layer: Convolution | Depthwise) -> tuple[int, int]:
        """Map size after an unpadded kernel; sizes that leave a remainder are refused."""
        sides = []
        for side in self.shape[:2]:
            if side < layer.kernel or (side - layer.kernel) % layer.stride:
                raise InputError(
                    f"network {self.network}, layer {layer.name}: a {layer.kernel} x {layer.kernel} "
                    f"kernel of stride {layer.stride} "
                    f"must divide a map of side {side} without remainder"
                )
            sides.append((side - layer.kernel) // layer.stride + 1)
        return sides[0], sides[1]

    def residual(self, name: str, source: tuple[str, Shape], patch: bool) -> None:
        self.emit(name, "add", self.shape, inputs=(source[0], self.tensor), patch=patch)

    def layer(self, layer: Layer, patch: bool) -> None:
        for field in ("channels", "hidden", "kernel", "stride"):
            value = getattr(layer, field, 1)
            if value < 1:
                raise InputError(
                    f"network {self.network}, layer {layer.name}: {field} must be at least 1, not {value}"
                )
        source = (self.tensor, self.shape)
        height, width, channels = self.shape
        match layer:
            case Convolution() | Depthwise(residual=False):
                kind, width = (
                    ("convolution", layer.channels)
                    if isinstance(layer, Convolution)
                    else ("depthwise", channels)
                )
                shape = (*self.slid(layer), width)
                self.emit(
                    layer.name, kind, shape, kernel=layer.kernel, stride=layer.stride, relu=True, patch=patch
                )
            case Depthwise():
                if layer.stride != 1 or layer.kernel % 2 == 0:
                    raise InputError(
                        f"network {self.network}, layer {layer.name}: a residual needs stride 1 and an "
                        "odd kernel"
                    )
                self.emit(
                    f"{layer.name}.branch",
                    "depthwise",
                    (*self.slid(layer), channels),
                    kernel=layer.kernel,
                    relu=True,
                    patch=patch,
                )
                self.residual(layer.name, source, patch)
            case Pointwise():
                self.emit(
                    layer.name, "pointwise", (height, width, layer.channels), relu=layer.relu, patch=patch
                )
            case ChannelMLP():
                self.emit(
                    f"{layer.name}.hidden", "pointwise", (height, width, layer.hidden), relu=True, patch=patch
                )
                self.emit(f"{layer.name}.branch", "pointwise", (height, width, channels), patch=patch)
                self.residual(layer.name, source, patch)
            case TokenMLP():
                if patch:
                    raise InputError(
                        f"network {self.network}, layer {layer.name}: token mixing must be a mixer layer, "
                        "not a patch layer"
                    )
                self.emit(f"{layer.name}.hidden", "token", (layer.hidden, 1, channels), relu=True)
                self.emit(f"{layer.name}.branch", "token", (height, width, channels))
                self.residual(layer.name, source, patch)

    def finish(self, branch: str, tokens: int) -> list[Operator]:
        height, width, channels = self.shape
        if min(height, width) < tokens or (branch == "template" and (height - tokens) % 2):
            raise InputError(
                f"network {self.network}: a template of {tokens} x {tokens} must lie in the centre of the "
                f"{branch} map of {height} x {width}"
            )
        if branch == "template":
            self.emit("template", "template", (tokens, tokens, channels))
        else:
            shape = (height - tokens + 1, width - tokens + 1, 1)
            self.emit("response", "correlation", shape, inputs=(self.tensor, "template"), kernel=tokens)
        return self.result


_PATCH_STAGE = (
    Convolution(name="P1", channels=32),
    Depthwise(name="P2.dw", stride=2),
    Pointwise(name="P2.pw", channels=64),
    Depthwise(name="P3.dw", stride=2),
    Pointwise(name="P3.pw", channels=96),
)
_REDUCTION = (Depthwise(name="D1.dw"), Pointwise(name="D1.pw", channels=128))

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network(
            name="siammixer",
            search_side=255,
            template_side=255,
            exemplar_side=127,
            template_tokens=5,
            patch_layers=_PATCH_STAGE,
            mixer_layers=(
                *_REDUCTION,
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=192),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=192),
                Depthwise(name="M3.local", kernel=3, residual=True),
                TokenMLP(name="M3.token", hidden=48),
                ChannelMLP(name="M3.channel", hidden=192),
                Pointwise(name="E", channels=128, relu=False),
            ),
        ),
        Network(
            name="siammixer-local",
            search_side=255,
            template_side=127,
            exemplar_side=127,
            template_tokens=5,
            patch_layers=_PATCH_STAGE,
            mixer_layers=(
                *_REDUCTION,
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=256),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=256),
                Depthwise(name="M3.local", kernel=3, residual=True),
                ChannelMLP(name="M3.channel", hidden=256),
                Pointwise(name="E", channels=128, relu=False),
            ),
        ),
        Network(
            name="tiny",
            search_side=63,
            template_side=63,
            exemplar_side=31,
            template_tokens=3,
            patch_layers=(
                Convolution(name="P1", channels=8),
                Depthwise(name="P2.dw", stride=2),
                Pointwise(name="P2.pw", channels=16),
            ),
            mixer_layers=(
                Depthwise(name="D1.dw"),
                Pointwise(name="D1.pw", channels=16),
                Depthwise(name="M1.local", kernel=5, residual=True),
                TokenMLP(name="M1.token", hidden=16),
                ChannelMLP(name="M1.channel", hidden=32),
                Pointwise(name="E", channels=16, relu=False),
            ),
        ),
    )
}


def find_network(name: str) -> Network:
    """The catalogue's network of that name; :class:`InputError` names the known ones."""
    if name not in NETWORKS:
        raise InputError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}")
    return NETWORKS[name]
