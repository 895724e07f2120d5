"""A network as data: its layers, and the operators of its two branches.

Each operator carries its shapes (siammixer.ir.operators), so no other module repeats a size.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import prod

from siammixer.ir.errors import InputError
from siammixer.ir.layers import Layer, Place, TemplateCorrelation, TemplateSimilarity, Tensor
from siammixer.ir.operator import Shape
from siammixer.ir.operators import (
    IMAGE,
    RESPONSE,
    TEMPLATE,
    AlignedOperator,
    Correlation,
    MapReadout,
    Operator,
    RequantisedOperator,
    TemplateCut,
)

PIXEL_CHANNELS = 3
"""Channels of a pixel: red, green, blue."""
BRANCHES = ("template", "search")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A tracker network. It compares a crop of ``search_side`` pixels with one of ``template_side`` pixels
    and gives a response.

    Parameters
    ----------
    exemplar_side
        Pixels of the crop that the target with its context is scaled to (127 of 255 in SiamFC).
    patch_layers
        The shallow stage, which runs patch by patch.
    mixer_layers
        The deep stage, which runs on the whole map.
    template_tokens
        Side of the template in cells. The template is the centre of the template branch's map.
    head_layers
        Layers of the search branch that make the response, the first of which compares the embedding with the
        template. Without them the response is the correlation of embedding and template, of one channel.

    Raises
    ------
    InputError
        The description is not accepted; the message names the network, the layer and what is accepted.
    """

    name: str
    search_side: int
    template_side: int
    exemplar_side: int
    template_tokens: int
    patch_layers: tuple[Layer, ...]
    mixer_layers: tuple[Layer, ...]
    head_layers: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        template, search = (self.operators(branch) for branch in BRANCHES)
        names = [IMAGE, TEMPLATE, *(operator.name for operator in search)]
        if len(names) != len(set(names)):
            raise InputError(f"network {self.name}: layer names must be unique, not {names}")
        if self.head_layers and not isinstance(self.head_layers[0], TemplateCorrelation | TemplateSimilarity):
            raise InputError(
                f"network {self.name}, layer {self.head_layers[0].name}: the first head layer must be a "
                "correlation with the template"
            )
        for one, other in zip(template[:-1], search, strict=False):
            if one.weight_shape != other.weight_shape:
                raise InputError(
                    f"network {self.name}, layer {one.name}: both branches must have the same number of "
                    f"tokens, not {one.in_shape[0] * one.in_shape[1]} and "
                    f"{other.in_shape[0] * other.in_shape[1]}"
                )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that both branches run."""
        return self.patch_layers + self.mixer_layers

    @property
    def stride(self) -> int:
        """Pixels of the search crop per response cell, along one side."""
        return prod(layer.reduction_of_sides for layer in self.layers)

    @property
    def embedding(self) -> str:
        """Name of the tensor that the template is cut from and that the correlation reads."""
        return self.layers[-1].name

    @cached_property
    def correlation(self) -> Correlation:
        """The correlation of embedding and template, summed over the channels: the response of a network
        without head layers. Training uses it for any network.
        """
        last = self._groups["search"][len(self.layers) - 1][-1]
        return _correlation(Tensor(last.name, last.out_shape), self.template_tokens)

    @property
    def template_shape(self) -> Shape:
        """Shape of the stored template: (side, side, channels)."""
        return self.operator(TEMPLATE, "template").out_shape

    @property
    def response(self) -> Operator:
        """The operator that makes the response: the read-out of a head, or the correlation."""
        return self._groups["search"][-1][-1]

    @property
    def response_shape(self) -> Shape:
        """Shape of the response: (rows, columns, channels), with as many columns as rows."""
        return self.response.out_shape

    @property
    def response_side(self) -> int:
        """Rows of the response, which has as many columns."""
        return self.response_shape[0]

    @property
    def fixed_exponents(self) -> dict[str, int]:
        """Exponents that are not free, by the tensor's name: a map that is read out counts in the response's
        units.
        """
        return {self.response.inputs[0]: 0} if self.head_layers else {}

    def side(self, branch: str) -> int:
        """Rows of a branch's crop in pixels, which has as many columns; :class:`InputError` for an unknown
        branch.
        """
        if branch not in BRANCHES:
            raise InputError(f"branch must be one of {', '.join(BRANCHES)}, not {branch!r}")
        return self.search_side if branch == "search" else self.template_side

    def outputs(self, branch: str) -> tuple[str, ...]:
        """Names of the tensors that a branch is run for."""
        return (TEMPLATE,) if branch == "template" else (RESPONSE,)

    def responses(self, branch: str) -> tuple[Operator, ...]:
        """The operators of those outputs of a branch that are INT32 sums: the accelerator keeps their cells
        in its response memory, one output behind the other.
        """
        outputs = (self.operator(name, branch) for name in self.outputs(branch))
        return tuple(operator for operator in outputs if operator.accumulates)

    def operators(self, branch: str) -> tuple[Operator, ...]:
        """The operators of a branch, in order of execution."""
        self.side(branch)
        return self._operators[branch]

    def groups(self, branch: str) -> tuple[tuple[Operator, ...], ...]:
        """The operators of a branch, one group for each layer.

        The last operator of a group makes the layer's tensor. The template's cut, the correlation and
        the read-out are groups of their own.
        """
        self.side(branch)
        return self._groups[branch]

    @cached_property
    def _operators(self) -> dict[str, tuple[Operator, ...]]:
        return {branch: tuple(chain.from_iterable(groups)) for branch, groups in self._groups.items()}

    @cached_property
    def _groups(self) -> dict[str, tuple[tuple[Operator, ...], ...]]:
        return {branch: tuple(self._lowered(branch)) for branch in BRANCHES}

    def _lowered(self, branch: str) -> Iterator[tuple[Operator, ...]]:
        side = self.side(branch)
        current = Tensor(IMAGE, (side, side, PIXEL_CHANNELS))
        for layer in self.layers:
            operators = self._of(layer, current, Place(patch=layer in self.patch_layers))
            yield operators
            current = Tensor(operators[-1].name, operators[-1].out_shape)
        self._check_template(branch, current)
        if branch == "template":
            side, channels = self.template_tokens, current.shape[2]
            cut = (side, side, channels)
            yield (TemplateCut(name=TEMPLATE, inputs=(current.name,), in_shape=current.shape, out_shape=cut),)
            return
        if not self.head_layers:
            yield (_correlation(current, self.template_tokens),)
            return
        template_side: int | None = self.template_tokens
        for layer in self.head_layers:
            operators = self._of(layer, current, Place(template_side=template_side))
            yield operators
            current, template_side = Tensor(operators[-1].name, operators[-1].out_shape), None
        yield (
            MapReadout(
                name=RESPONSE, inputs=(current.name,), in_shape=current.shape, out_shape=current.shape
            ),
        )

    def _of(self, layer: Layer, source: Tensor, at: Place) -> tuple[Operator, ...]:
        """The operators of a layer."""
        try:
            return layer.operators(source, at)
        except InputError as error:
            raise InputError(f"network {self.name}, {error}") from None

    def _check_template(self, branch: str, embedding: Tensor) -> None:
        """Checks that the template lies in the centre of a branch's embedding."""
        (height, width, _), tokens = embedding.shape, self.template_tokens
        if min(height, width) < tokens or (branch == "template" and (height - tokens) % 2):
            raise InputError(
                f"network {self.name}: a template of {tokens} x {tokens} must lie in the centre of the "
                f"{branch} map of {height} x {width}"
            )

    def operator(self, name: str, branch: str = "search") -> Operator:
        """The operator of that name; :class:`InputError` where there is none."""
        for operator in self.operators(branch):
            if operator.name == name:
                return operator
        raise InputError(f"network {self.name} has no operator {name!r}")

    def weighted(self) -> tuple[RequantisedOperator, ...]:
        """The operators that own parameters. The same ones serve both branches."""
        return tuple(o for o in self.operators("search") if isinstance(o, RequantisedOperator))

    def aligned(self) -> tuple[AlignedOperator, ...]:
        """The operators of the search branch whose inputs are shifted to one exponent."""
        return tuple(o for o in self.operators("search") if isinstance(o, AlignedOperator))

    def tensors(self, branch: str = "search") -> dict[str, Shape]:
        """Every INT8 tensor of a branch and its shape, "image" first; INT32 results are left out."""
        side = self.side(branch)
        shapes: dict[str, Shape] = {IMAGE: (side, side, PIXEL_CHANNELS)}
        return shapes | {o.name: o.out_shape for o in self.operators(branch) if not o.accumulates}

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one search frame."""
        return sum(operator.macs for operator in self.operators("search"))

    @property
    def parameter_bytes(self) -> int:
        """Bytes of all weights, biases and multipliers."""
        return sum(o.weight_bytes + o.constant_bytes for o in self.weighted())

    @property
    def fingerprint(self) -> str:
        """16 hex digits that name this description; any change of a layer or size changes it."""
        description = {
            "sides": (self.search_side, self.template_side, self.exemplar_side),
            "template": self.template_tokens,
            "layers": [(*_described(layer), layer in self.patch_layers) for layer in self.layers],
        }
        if self.head_layers:
            description["head"] = [_described(layer) for layer in self.head_layers]
        return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16]


def _correlation(embedding: Tensor, tokens: int) -> Correlation:
    height, width, _ = embedding.shape
    return Correlation(
        name=RESPONSE,
        inputs=(embedding.name, TEMPLATE),
        in_shape=embedding.shape,
        out_shape=(height - tokens + 1, width - tokens + 1, 1),
        kernel=tokens,
    )


def _described(layer: Layer) -> tuple[str, dict]:
    return type(layer).__name__, dataclasses.asdict(layer)
