"""The numbers that define the arithmetic; docs/numerics.md gives the reasons.

All values are integers, and every operator rounds once:

* activations are INT8, zero point 0, scale a power of two, ``2**exponent`` per tensor;
* a pixel enters as ``uint8 - 128`` with exponent -7;
* weights are INT8 in [-127, 127], biases INT32 in accumulator units;
* ``y = clamp(RNE(acc * M / 2**17), lo, 127)``, ``M`` a 17-bit unsigned integer per output
  channel, RNE = round half to even, ``lo`` = 0 with ReLU and -128 without;
* a residual is ``clamp(RNE(((x << a) + (y << b)) / 2**s), -128, 127)``.
"""

PIXEL_OFFSET = 128
PIXEL_EXPONENT = -7

# Exponents of tensors: far more than any network needs, and exact in float32 for the outside check.
EXPONENT_MAX = 32

ACTIVATION_MIN = -128
ACTIVATION_MAX = 127
WEIGHT_MAX = 127

MULTIPLIER_BITS = 17
MULTIPLIER_MAX = 2**MULTIPLIER_BITS - 1
REQUANTISE_SHIFT = 17

# The accumulator is saturated to this width before the one 18 x 18 multiplication. That is
# lossless when M >= SATURATING_MULTIPLIER_MIN (the result is then outside INT8 anyway) or when
# the accumulator cannot leave the range; siammixer.ir.weights refuses any channel where neither holds.
REQUANTISE_INPUT_BITS = 18
SATURATING_MULTIPLIER_MIN = 2 ** (REQUANTISE_SHIFT + 8 - REQUANTISE_INPUT_BITS)

# Residual alignment: left shifts a, b of the two operands and the right shift s of their sum.
ALIGN_LEFT_MAX = 7
ALIGN_RIGHT_MAX = 8

# Bytes a parameter occupies, as counted against the paper's 286 kB.
BIAS_BYTES = 4
MULTIPLIER_BYTES = 4
PARAMETER_BUDGET_BYTES = 286_000
FEATURE_MAP_BUDGET_BYTES = 196_000


def signed_bits(bound: int) -> int:
    """Width in bits of a two's complement integer that holds every value in [-bound, bound]."""
    return int(bound).bit_length() + 1
