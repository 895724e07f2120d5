"""The weights file: INT8 weights, biases, multipliers and tensor exponents of one network.

The file is an ``.npz`` archive, read without pickle, with the arrays

* ``network`` (the network's name) and ``fingerprint`` (of its description), both str,
* ``<operator>/weight`` INT8 of ``Operator.weight_shape``, ``<operator>/bias`` and
  ``<operator>/multiplier`` INT32 of shape (outputs,), for every weighted operator,
* ``<tensor>/exponent`` INT32 scalar for every INT8 tensor (``scale = 2**exponent``).

Reading checks names, shapes, dtypes, ranges and fingerprint. It also checks that the saturation before the
requantisation multiply cannot change a result.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.ir.network import Network
from siammixer.ir.operators import AlignedOperator, RequantisedOperator

SHIPPED = Path(__file__).resolve().parent.parent / "weights"


@dataclass(frozen=True, kw_only=True)
class OperatorWeights:
    """Integers of one operator: weight INT8 (``Operator.weight_shape``), bias and multiplier INT32
    (outputs,).
    """

    weight: np.ndarray
    bias: np.ndarray
    multiplier: np.ndarray


def accumulator_bound(operator: RequantisedOperator, values: OperatorWeights) -> np.ndarray:
    """INT64 (outputs,): largest magnitude of each accumulator, for any INT8 input."""
    return operator.products_bound(values.weight) + np.abs(values.bias.astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Shifts of a residual addition: ``out = RNE(((x << left_x) + (y << left_y)) / 2**right)``."""

    left_x: int
    left_y: int
    right: int


def alignment(operator: AlignedOperator, exponents: dict[str, int]) -> Alignment:
    """Shifts of an "add" operator that follow from the exponents of its tensors; :class:`InputError` where
    the shifts that they need are not accepted.
    """
    x, y = (exponents[name] for name in operator.inputs)
    finest = min(x, y)
    shifts = Alignment(left_x=x - finest, left_y=y - finest, right=exponents[operator.name] - finest)
    if (
        max(shifts.left_x, shifts.left_y) > numerics.ALIGN_LEFT_MAX
        or not 0 <= shifts.right <= numerics.ALIGN_RIGHT_MAX
    ):
        raise InputError(
            f"exponents of {operator.name} need shifts {shifts}; accepted are left "
            f"0..{numerics.ALIGN_LEFT_MAX}, right 0..{numerics.ALIGN_RIGHT_MAX}"
        )
    return shifts


@dataclass(frozen=True)
class Weights:
    """The integers of a quantised network; valid by construction.

    Raises
    ------
    InputError
        An array is missing or not accepted; the message names it and what it must be.
    """

    network: Network
    operators: dict[str, OperatorWeights]
    exponents: dict[str, int]

    def require(self, network: Network) -> None:
        """Raises :class:`InputError` where the weights belong to another network."""
        if self.network != network:
            raise InputError(f"weights must be those of {network.name}, not of {self.network.name}")

    def __post_init__(self) -> None:
        for operator in self.network.weighted():
            if operator.name not in self.operators:
                raise InputError(f"weights of {self.network.name}: operator {operator.name} is missing")
            _check_operator(operator, self.operators[operator.name])
        for tensor in (*self.network.tensors(), "template"):
            if tensor not in self.exponents:
                raise InputError(f"weights of {self.network.name}: exponent of tensor {tensor} is missing")
        for tensor, exponent in self.exponents.items():
            if tensor != "template" and tensor not in self.network.tensors():
                raise InputError(f"weights of {self.network.name}: exponent of unknown tensor {tensor}")
            if abs(exponent) > numerics.EXPONENT_MAX:
                raise InputError(
                    f"weights of {self.network.name}: exponent of {tensor} must lie within "
                    f"+-{numerics.EXPONENT_MAX}, not {exponent}"
                )
        if self.exponents["image"] != numerics.PIXEL_EXPONENT:
            raise InputError(
                f"weights of {self.network.name}: exponent of image must be {numerics.PIXEL_EXPONENT}, "
                f"not {self.exponents['image']}"
            )
        if self.exponents["template"] != self.exponents[self.network.embedding]:
            raise InputError(
                f"weights of {self.network.name}: exponent of template must equal that of "
                f"{self.network.embedding}"
            )
        for addition in self.network.aligned():
            self.alignment(addition)

    def alignment(self, operator: AlignedOperator) -> Alignment:
        """Shifts of an "add" operator that follow from the exponents of its three tensors."""
        try:
            return alignment(operator, self.exponents)
        except InputError as error:
            raise InputError(f"weights of {self.network.name}: {error}") from None

    @property
    def fingerprint(self) -> str:
        """16 hex digits that name the network's description and every value."""
        digest = hashlib.sha256(self.network.fingerprint.encode())
        for name in sorted(self.operators):
            values = self.operators[name]
            for array in (values.weight, values.bias, values.multiplier):
                digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        digest.update(repr(sorted(self.exponents.items())).encode())
        return digest.hexdigest()[:16]

    def save(self, path: Path | str) -> None:
        """Writes the archive whole or not at all; InputError where it cannot be written."""
        write_whole(path, self.archive())

    def archive(self) -> bytes:
        """The content of the weights file."""
        arrays: dict[str, Any] = {
            "network": np.array(self.network.name),
            "fingerprint": np.array(self.network.fingerprint),
        }
        for name, values in self.operators.items():
            arrays |= {
                f"{name}/weight": values.weight,
                f"{name}/bias": values.bias,
                f"{name}/multiplier": values.multiplier,
            }
        arrays |= {f"{name}/exponent": np.array(value, np.int32) for name, value in self.exponents.items()}
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        return content.getvalue()


def load_weights(network: Network, path: Path | str | None = None) -> Weights:
    """Reads the weights of ``network`` from ``path``, by default the shipped file.

    Raises
    ------
    InputError
        The file cannot be used; the message names the file, the array and what is accepted.
    """
    shipped = SHIPPED / f"{network.name}.npz"
    if path is None and not shipped.is_file():
        raise InputError(
            f"no weights are shipped for network {network.name}: train them (siammixer train, siammixer "
            "quantize) and name the file, or take random ones (--weights random)"
        )
    path = Path(path) if path is not None else shipped
    try:
        with open(path, "rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("one array where an archive of several is expected")
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such weights file; siammixer quantize writes them") from None
    except IsADirectoryError:
        raise InputError(f"{path}: must be a weights file, not a folder") from None
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        RuntimeError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        # NumPy's own words would advise to allow pickles.
        reason = "" if "pickle" in str(error) else f" ({error})"
        raise InputError(f"{path}: damaged or not a weights file{reason}") from None
    try:
        return _assemble(network, arrays)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _assemble(network: Network, arrays: dict[str, np.ndarray]) -> Weights:
    found = str(arrays.pop("network", "")), str(arrays.pop("fingerprint", ""))
    if not all(found):
        raise InputError("not a weights file: it names no network; siammixer quantize writes such files")
    if found[1] != network.fingerprint:
        raise InputError(
            f"fingerprint {found[1]} of network {found[0]} does not match {network.fingerprint} of "
            f"{network.name}"
        )
    operators, exponents = {}, {}
    for operator in network.weighted():
        names = [f"{operator.name}/{part}" for part in ("weight", "bias", "multiplier")]
        for name in names:
            if name not in arrays:
                raise InputError(f"array {name} is missing")
        operators[operator.name] = OperatorWeights(
            **{name.rsplit("/", 1)[1]: arrays.pop(name) for name in names}
        )
    for name in [name for name in arrays if name.endswith("/exponent")]:
        value = arrays.pop(name)
        if value.shape != () or value.dtype != np.int32:
            raise InputError(f"array {name} must be an INT32 scalar, not {value.dtype} {value.shape}")
        exponents[name.removesuffix("/exponent")] = int(value)
    if arrays:
        raise InputError(f"unknown array {next(iter(arrays))}")
    return Weights(network, operators, exponents)


def _check_operator(operator: RequantisedOperator, values: OperatorWeights) -> None:
    for part, dtype, shape in (
        ("weight", np.int8, operator.weight_shape),
        ("bias", np.int32, (operator.outputs,)),
        ("multiplier", np.int32, (operator.outputs,)),
    ):
        array = getattr(values, part)
        if array.dtype != dtype or array.shape != shape:
            raise InputError(
                f"array {operator.name}/{part} must be {np.dtype(dtype)} {shape}, not {array.dtype} "
                f"{array.shape}"
            )
    if (values.weight < -numerics.WEIGHT_MAX).any():
        raise InputError(f"array {operator.name}/weight must lie in [-127, 127], not {values.weight.min()}")
    low, high = values.multiplier.min(), values.multiplier.max()
    if low < 1 or high > numerics.MULTIPLIER_MAX:
        raise InputError(
            f"array {operator.name}/multiplier must lie in [1, {numerics.MULTIPLIER_MAX}], not "
            f"{low if low < 1 else high}"
        )
    bound = accumulator_bound(operator, values)
    if (bound >= 2**31).any():
        channel = int(np.argmax(bound))
        raise InputError(
            f"array {operator.name}/bias, channel {channel}: with its weights the accumulator must fit INT32"
        )
    limit = 2 ** (numerics.REQUANTISE_INPUT_BITS - 1)
    lossy = (values.multiplier < numerics.SATURATING_MULTIPLIER_MIN) & (bound >= limit)
    if lossy.any():
        channel = int(np.argmax(lossy))
        raise InputError(
            f"array {operator.name}/multiplier, channel {channel}: must be at least "
            f"{numerics.SATURATING_MULTIPLIER_MIN} where the "
            f"accumulator can reach {limit}, not {values.multiplier[channel]}"
        )
