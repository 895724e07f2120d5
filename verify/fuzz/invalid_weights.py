"""Integers and exponents of weights that break one rule each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from siammixer.ir import numerics
from siammixer.ir.weights import OperatorWeights, Weights
from siammixer.verify.fuzz.broken import Broken
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.weights import case_weights


def broken_weights(case: Case) -> Iterator[Broken]:
    """Integers outside the rules of docs/numerics.md, in the first layer."""
    weights = case_weights(case)
    name = case.network.weighted()[0].name
    values = weights.operators[name]

    def broken(limit: str, message: str, operator: OperatorWeights) -> Broken:
        return Broken(
            limit=limit,
            attempt=lambda: Weights(case.network, weights.operators | {name: operator}, weights.exponents),
            message=message,
        )

    yield broken(
        "weight",
        rf"{name}/weight must lie in \[-127, 127\], not -128",
        replace(values, weight=np.full_like(values.weight, -128)),
    )
    for multiplier in (0, -1, numerics.MULTIPLIER_MAX + 1):
        wrong = replace(values, multiplier=np.full_like(values.multiplier, multiplier))
        yield broken("multiplier", rf"{name}/multiplier must lie in .*, not {multiplier}$", wrong)
    far = np.full_like(values.bias, 2**31 - 1)
    yield broken(
        "bias",
        f"{name}/bias, channel 0: with its weights the accumulator must fit INT32",
        replace(values, weight=np.ones_like(values.weight), bias=far),
    )
    lossy = replace(
        values,
        bias=far // 2,
        multiplier=np.full_like(values.multiplier, numerics.SATURATING_MULTIPLIER_MIN - 1),
    )
    yield broken(
        "saturation",
        f"{name}/multiplier, channel 0: must be at least {numerics.SATURATING_MULTIPLIER_MIN} where",
        lossy,
    )
    yield broken(
        "dtype", f"{name}/weight must be int8", replace(values, weight=values.weight.astype(np.int16))
    )
    yield broken("shape", f"{name}/bias must be int32", replace(values, bias=values.bias[:-1]))


def broken_exponents(case: Case) -> Iterator[Broken]:
    """Exponents of tensors outside the rules of docs/numerics.md."""
    weights = case_weights(case)
    name = case.network.weighted()[0].name

    def exponent(limit: str, message: str, **changed: int) -> Broken:
        return Broken(
            limit=limit,
            attempt=lambda: Weights(case.network, weights.operators, weights.exponents | changed),
            message=message,
        )

    yield exponent("exponent", r"exponent of \S+ must lie within", **{name: numerics.EXPONENT_MAX + 1})
    yield exponent("exponent of the pixels", "exponent of image must be", image=numerics.PIXEL_EXPONENT + 1)
    yield exponent(
        "exponent of the template",
        "exponent of template must equal",
        template=weights.exponents["template"] + 1,
    )
    yield exponent("unknown tensor", "exponent of unknown tensor nobody", nobody=0)
    for operator in case.network.aligned():
        if operator.name != case.network.embedding:
            far_off = (
                max(weights.exponents[tensor] for tensor in operator.inputs) + numerics.ALIGN_RIGHT_MAX + 1
            )
            yield exponent(
                "shifts",
                rf"exponents of {re.escape(operator.name)} need shifts",
                **{operator.name: min(far_off, numerics.EXPONENT_MAX)},
            )
