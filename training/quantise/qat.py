"""Quantisation-aware training: golden's arithmetic in the forward pass, straight-through gradients in the
backward pass.

Activations and weights are integers held in float32, as in golden, so what is trained is what runs. The
gradient takes every rounding for the identity, and a clamp for what it is: beyond it nothing flows. (Jacob
et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR
2018.)

Maps are (n, channels, h, w) in the channels-last layout: on CPUs its matrix products and depthwise
convolutions take about half the time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import IMAGE, TEMPLATE, Operator, RequantisedOperator, ResidualAdd, TemplateCut
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import Alignment, OperatorWeights, Weights, alignment
from siammixer.training.data.pairs import Pairs
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer, centre
from siammixer.training.model.operators import FUNCTIONS
from siammixer.training.quantise.operators import arithmetic
from siammixer.training.quantise.quantise import calibrated, quantise_tensors

_EXACT_FLOAT32 = 2**24


def quantised_model(model: SiamMixer, crops: Pairs, *, freeze_patch: bool = False) -> QuantisedSiamMixer:
    """A trained float model made ready for QAT: exponents and corrected biases as
    :func:`siammixer.training.quantise.quantise.quantise` has them.
    """
    result = QuantisedSiamMixer(model.network, *calibrated(model, crops), freeze_patch=freeze_patch)
    with torch.no_grad():
        result.gain.copy_(model.gain)
        result.offset.copy_(model.offset)
    return result


class QuantisedSiamMixer(nn.Module):
    """A network in golden's integers, trainable; it has the interface of
    :class:`siammixer.training.model.model.SiamMixer`.

    Every tensor it returns holds ``integer * 2**exponent`` exactly. The exponents never change; they belong
    to the state.

    Parameters
    ----------
    folded
        Weights and biases to start from, in real units: the float32 masters that the optimiser moves.
    exponents
        Of every INT8 tensor, as :class:`siammixer.ir.weights.Weights` has them.
    freeze_patch
        The patch stage keeps its weights and costs no backward pass.

    Raises
    ------
    InputError
        Where the operators or the exponents are not ones that a weights file could hold.
    """

    def __init__(
        self,
        network: Network,
        folded: dict[str, Folded],
        exponents: dict[str, int],
        *,
        freeze_patch: bool = False,
    ):
        super().__init__()
        self.network, self.exponents = network, dict(exponents)
        # ModuleDict forbids dots in keys.
        self.weighted = nn.ModuleDict(
            {_key(o.name): QuantisedOperator(o, folded[o.name], self.exponents) for o in network.weighted()}
        )
        for operator in network.weighted():
            self[operator.name].requires_grad_(not (freeze_patch and operator.patch))
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.offset = nn.Parameter(torch.tensor(-2.0))
        self.weights()

    def __getitem__(self, name: str) -> QuantisedOperator:
        """The module of a weighted operator, by the operator's name."""
        return self.weighted[_key(name)]

    def weights(self) -> Weights:
        """The integers that the forward pass computes with now."""
        return Weights(
            self.network,
            {o.name: self[o.name].integers() for o in self.network.weighted()},
            dict(self.exponents),
        )

    def tensors(self, image: Tensor, branch: str, template: Tensor | None = None) -> dict[str, Tensor]:
        """Every tensor of a branch by its operator's name, in real units.

        Parameters
        ----------
        image
            (n, 3, side, side) float32, from :func:`siammixer.training.model.model.to_input`.
        template
            (n, c, t, t) as :meth:`embed` gives it; without it the search branch ends at the embedding.

        Returns
        -------
        dict
            float32 (n, c, h, w); the branch's INT32 sums float64, which alone need more than 24 bits.
        """
        return self._real(self._integers(image, branch, template), branch, template)

    def after(
        self, given: dict[str, Tensor], branch: str, template: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The given tensors, and all that :meth:`tensors` computes from them.

        Parameters
        ----------
        given
            float32 (n, c, h, w) by name, in real units that are integers times the tensors' scales.
        """
        known = {name: values * 2.0 ** -self.exponents[name] for name, values in given.items()}
        return self._real(self._computed(known, branch, template), branch, template)

    def _real(self, integers: dict[str, Tensor], branch: str, template: Tensor | None) -> dict[str, Tensor]:
        """The integers of a branch in real units, with the sums that follow from them."""
        result = {name: values * 2.0 ** self.exponents[name] for name, values in integers.items()}
        known = result if template is None else result | {TEMPLATE: template}
        sums = {
            operator.name: FUNCTIONS[type(operator)](
                operator, *(known[name].double() for name in operator.inputs)
            )
            for operator in self.network.operators(branch)
            if operator.accumulates and all(name in known for name in operator.inputs)
        }
        computed = {operator.name for operator in self.network.operators(branch)}
        return {name: values for name, values in result.items() if name in {IMAGE, *computed}} | sums

    def embed(self, image: Tensor, branch: str) -> Tensor:
        """The template (n, c, t, t) of the template branch, the embedding (n, c, h, w) of the search branch;
        real units.
        """
        name = "template" if branch == "template" else self.network.embedding
        return self._integers(image, branch)[name] * 2.0 ** self.exponents[name]

    template_of = SiamMixer.template_of
    logits = SiamMixer.logits

    def forward(self, template_crop: Tensor, search_crop: Tensor) -> Tensor:
        """Exact response (n, 1, r, r) float64, in real units, of float crops (n, 3, side, side)."""
        before, frame = BRANCHES
        inputs = (self.embed(search_crop, frame).double(), self.embed(template_crop, before).double())
        correlation = self.network.correlation
        return FUNCTIONS[type(correlation)](correlation, *inputs)

    def _integers(self, image: Tensor, branch: str, template: Tensor | None = None) -> dict[str, Tensor]:
        """The INT8 tensors of a branch, as float32, and the template where it is given; without it, nothing
        behind the embedding.
        """
        # In half precision neither sums nor products would be exact.
        with torch.autocast(image.device.type, enabled=False):
            pixels = (
                image.float().contiguous(memory_format=torch.channels_last) * 2.0**-numerics.PIXEL_EXPONENT
            )
            return self._computed({IMAGE: pixels}, branch, template)

    def _computed(self, known: dict[str, Tensor], branch: str, template: Tensor | None) -> dict[str, Tensor]:
        """The known integers of a branch and all that follows from them."""
        known = dict(known)
        if template is not None:
            known[TEMPLATE] = template * 2.0 ** -self.exponents[TEMPLATE]
        for operator in self.network.operators(branch):
            if not operator.accumulates and all(name in known for name in operator.inputs):
                inputs = [known[name] for name in operator.inputs]
                known[operator.name] = self.execute(operator, *inputs)
        return known

    def execute(self, operator: Operator, x: Tensor, *others: Tensor) -> Tensor:
        """One operator, but the correlation, on integers in float32: (n, c, h, w), channels last, to the
        like.
        """
        if operator.result is Result.REQUANTISED:
            return self[operator.name](x, operator, others)
        return UNWEIGHTED[type(operator)](self, operator, x, *others)

    def get_extra_state(self) -> dict[str, int]:
        return dict(self.exponents)

    def set_extra_state(self, state: dict[str, int]) -> None:
        if state.keys() != self.exponents.keys():
            raise InputError(
                f"exponents of {self.network.name} must be of {sorted(self.exponents)}, not {sorted(state)}"
            )
        self.exponents.update(state)


class QuantisedOperator(nn.Module):
    """One weighted operator: float32 masters ``weight`` (``Operator.weight_shape``) and ``bias`` (outputs,)
    in real units.

    ``exponents`` is the network's own dict, shared.
    """

    def __init__(self, operator: RequantisedOperator, folded: Folded, exponents: dict[str, int]):
        super().__init__()
        self.operator, self.exponents = operator, exponents
        self.weight = nn.Parameter(torch.from_numpy(folded.weight).float())
        self.bias = nn.Parameter(torch.from_numpy(folded.bias).float())

    def forward(
        self, x: Tensor, operator: RequantisedOperator | None = None, others: tuple[Tensor, ...] = ()
    ) -> Tensor:
        """Integers (n, c, h, w) -> (n, c', h', w').

        Parameters
        ----------
        operator
            This one in the branch at hand, whose maps may be smaller.
        others
            What else it reads.
        """
        return _Weighted.apply(x, self.weight, self.bias, operator or self.operator, self.exponents, *others)

    @torch.no_grad()
    def integers(self) -> OperatorWeights:
        """The integers that :meth:`forward` computes with."""
        parts = quantise_tensors(self.operator, self.weight, self.bias, self.exponents)
        types = {"weight": np.int8, "bias": np.int32, "multiplier": np.int32}
        return OperatorWeights(
            **{name: getattr(parts, name).cpu().numpy().astype(dtype) for name, dtype in types.items()}
        )


class _Weighted(torch.autograd.Function):
    """``clamp(RNE(accumulator * M / 2**17), low, 127)`` of integers x (n, c, h, w) and float masters.

    The masters' gradients are those of ``(weight . x * 2**e_in + bias) / 2**e_out``, which the integers
    approximate.
    """

    @staticmethod
    def forward(
        ctx,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        operator: RequantisedOperator,
        exponents: dict[str, int],
        *others: Tensor,
    ) -> Tensor:
        how = arithmetic(operator)
        integers = how.quantise(weight, bias, exponents)
        # Every partial sum is an integer below the limit, so exact in this type, in whatever order it is
        # added.
        exact = torch.float32 if how.limit() < _EXACT_FLOAT32 else torch.float64
        accumulator = how.accumulate(
            x.to(exact),
            integers.weight.to(exact),
            integers.bias.to(exact),
            *(one.to(exact) for one in others),
        )
        scale = (integers.multiplier * 2.0**-numerics.REQUANTISE_SHIFT).float()
        # Accumulator, scale and any product within the clamp are float32 numbers
        # (siammixer.golden.requantise).
        scaled = accumulator.mul_(how.by_output(scale)).float()
        ctx.operator, ctx.low = operator, 0 if operator.relu else numerics.ACTIVATION_MIN
        ctx.gains = how.slopes(exponents)
        ctx.save_for_backward(x, scaled, how.scaled(integers.weight, scale), *others)
        return scaled.round().clamp_(ctx.low, numerics.ACTIVATION_MAX)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, scaled, weight, *others = ctx.saved_tensors
        gradient = _clamped(gradient, scaled, ctx.low)
        x_gradient, weight_gradient, sums, *rest = arithmetic(ctx.operator).gradients(
            gradient, x, weight, ctx.needs_input_grad[0], *others
        )
        return x_gradient, weight_gradient * ctx.gains[0], sums * ctx.gains[1], None, None, *rest


class _Residual(torch.autograd.Function):
    """``clamp(RNE(((x << left_x) + (y << left_y)) / 2**right), -128, 127)``, x cut to the centre of y's
    size; the sum has 16 bits.
    """

    @staticmethod
    def forward(ctx, x: Tensor, y: Tensor, shifts: Alignment) -> Tensor:
        ctx.gains = 2.0 ** (shifts.left_x - shifts.right), 2.0 ** (shifts.left_y - shifts.right)
        ctx.edge = (x.shape[2] - y.shape[2]) // 2
        scaled = (y * ctx.gains[1]).add_(centre(x, y.shape[2]), alpha=ctx.gains[0])
        ctx.save_for_backward(scaled)
        return scaled.round().clamp_(numerics.ACTIVATION_MIN, numerics.ACTIVATION_MAX)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _clamped(gradient, *ctx.saved_tensors, numerics.ACTIVATION_MIN)
        return functional.pad(gradient * ctx.gains[0], [ctx.edge] * 4), gradient * ctx.gains[1], None


def _clamped(gradient: Tensor, scaled: Tensor, low: int) -> Tensor:
    """The gradient where the value was inside the clamp, else 0; channels last."""
    gradient = gradient.contiguous(memory_format=torch.channels_last)
    return torch.ops.aten.hardtanh_backward(gradient, scaled, low, numerics.ACTIVATION_MAX)


def _key(name: str) -> str:
    return name.replace(".", "/")


def _add(model: QuantisedSiamMixer, operator: ResidualAdd, x: Tensor, y: Tensor) -> Tensor:
    return _Residual.apply(x, y, alignment(operator, model.exponents))


def _cut(model: QuantisedSiamMixer, operator: TemplateCut, x: Tensor) -> Tensor:
    return model.template_of(x)


UNWEIGHTED: Table[type[Operator], Callable[..., Tensor]] = Table(
    "training in integers, without parameters", {ResidualAdd: _add, TemplateCut: _cut}
)
"""Operator class without parameters -> function of the model, the operator and its inputs. The correlation,
which needs more than the 24 bits of float32, is computed by :meth:`QuantisedSiamMixer.tensors`.
"""
