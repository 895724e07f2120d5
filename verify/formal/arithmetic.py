"""Proofs that requantisation, residual addition and multiplier equal their formulas
(siammixer.ir.numerics).
"""

from functools import partial

from amaranth.hdl import Assert, Module, Mux, signed

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.ir import numerics
from siammixer.rtl.datapath.requantise import Requantise
from siammixer.rtl.datapath.residual import ResidualAdd
from siammixer.rtl.primitives.multiplier import LogicMultiplier, Multiplier
from siammixer.rtl.primitives.rounding import CYCLES
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, LOGIC, Technology
from siammixer.verify.formal.bench import Bench, constant, history, opened, registers
from siammixer.verify.formal.proof import Proof

# Widths of the operands of the requantiser's multiplier.
OPERANDS = (numerics.REQUANTISE_INPUT_BITS, numerics.MULTIPLIER_BITS + 1)
PRODUCT_BITS = sum(OPERANDS)
# Bits of an operand whose partial products the multiplier of logic adds up first.
DIGIT_BITS = 3


def rounded_and_clamped(value, fraction: int, low):
    """``clamp(RNE(value / 2**fraction), low, 127)`` by the formula: rounded in full width, then clamped."""
    if fraction:
        down, rest, half = value >> fraction, value[:fraction], 1 << (fraction - 1)
        value = down + ((rest > half) | ((rest == half) & down[0]))
    return clamped(value, low, numerics.ACTIVATION_MAX)


def clamped(value, low, high):
    """``value`` limited to ``low`` .. ``high``."""
    return Mux(value < low, low, Mux(value > high, high, value))


def requantise() -> Bench:
    """A bench for Requantise in which any value replaces the multiplier's product.

    It asserts the operands of the multiplier, and the result that follows from the product.
    """
    accumulator_bits = find_accelerator(DEFAULT_ACCELERATOR).accumulator_bits

    def build(m: Module, inputs: Bench) -> None:
        block = Requantise(accumulator_bits=accumulator_bits)
        m.submodules.block = block
        product = opened(block).submodules.product
        product.elaborate = lambda platform: Module()
        relu = constant(m, inputs.relu, "relu")
        m.d.comb += [
            block.valid.eq(inputs.valid),
            block.i.eq(inputs.i),
            block.multiplier.eq(inputs.multiplier),
            block.relu.eq(relu),
            product.p.eq(inputs.product),
        ]
        accumulator, multiplier, valid = (
            delay(m, getattr(inputs, name), 1, name) for name in ("i", "multiplier", "valid")
        )
        limit = 2 ** (numerics.REQUANTISE_INPUT_BITS - 1)
        with m.If(valid & history(m, 1, "begun")):
            m.d.comb += [
                Assert(product.a == clamped(accumulator, -limit, limit - 1)),
                Assert(product.b == multiplier),
            ]
        valid, then = (
            delay(m, valid, Requantise.LATENCY - 1, "finished"),
            delay(m, inputs.product, CYCLES, "product"),
        )
        low = Mux(relu, 0, numerics.ACTIVATION_MIN)
        with m.If(valid & history(m, Requantise.LATENCY, "filled")):
            m.d.comb += Assert(block.o == rounded_and_clamped(then, numerics.REQUANTISE_SHIFT, low))

    inputs = {
        "i": signed(accumulator_bits),
        "multiplier": numerics.MULTIPLIER_BITS,
        "product": signed(PRODUCT_BITS),
        "valid": 1,
        "relu": 1,
    }
    return Bench(inputs, build)


def multiplier(bits: int, other_bits: int, technology: Technology) -> Bench:
    """The product is the product, LATENCY cycles later; with nothing fed back, a few cycles show all."""

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = technology.multiplier(bits, other_bits)
        m.d.comb += [block.a.eq(inputs.a), block.b.eq(inputs.b)]
        a, b = (delay(m, getattr(inputs, name), Multiplier.LATENCY, name) for name in "ab")
        with m.If(history(m, Multiplier.LATENCY, "filled")):
            m.d.comb += Assert(block.p == a * b)

    return Bench({"a": signed(bits), "b": signed(other_bits)}, build)


def logic_steps(bits: int, other_bits: int, place: int) -> Bench:
    """A bench for the multiplier of logic: its registers hold exact sums of values of the cycle before.

    By the distributive law the last sum is the product. A solver cannot compare whole 18 x 18 bit products of
    different structure, nor all digits of b at once. So this bench is about the digit at ``place``.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = LogicMultiplier(bits, other_bits)
        m.d.comb += [block.a.eq(inputs.a), block.b.eq(inputs.b)]
        state = registers(block)
        sums = [[state[name] for name in state if name.startswith(f"sum_{step}_")] for step in range(3)]
        # The product with the digit of b, of which the last is signed. A comparison value by value is easier
        # for the solver.
        a, b, radix = delay(m, inputs.a, 1, "a"), delay(m, inputs.b, 1, "b"), 2**DIGIT_BITS
        low = -radix // 2 if place == len(sums[0]) - 1 else 0
        for value in range(low, low + radix):
            with m.If(b.word_select(place, DIGIT_BITS) == value % radix):
                m.d.comb += Assert(sums[0][place] == a * value)
        # Sums of three products at their weights, and the sum of these sums.
        weight = DIGIT_BITS
        for step, fan_in in ((1, 3), (2, len(sums[1]))):
            terms = sums[step - 1]
            for start, register in zip(range(0, len(terms), fan_in), sums[step], strict=True):
                exact = sum(
                    term << (place * weight) for place, term in enumerate(terms[start : start + fan_in])
                )
                m.d.comb += Assert(register == delay(m, exact, 1, f"exact_{step}_{start}"))
            weight *= fan_in
        # Any product of such operands fits.
        m.d.comb += Assert(block.p == sums[-1][0][: len(block.p)].as_signed())

    return Bench({"a": signed(bits), "b": signed(other_bits)}, build)


def residual(right: int) -> Bench:
    """A bench for one channel of ResidualAdd with the right shift ``right``.

    The channels differ only in the cycle in which their shifts arrive, and the shifts do not change.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = ResidualAdd(1)
        left_x, left_y = constant(m, inputs.left_x, "left_x"), constant(m, inputs.left_y, "left_y")
        m.d.comb += [
            block.shifts.left_x.eq(left_x),
            block.shifts.left_y.eq(left_y),
            block.shifts.right.eq(right),
        ]
        m.d.comb += [block.valid.eq(inputs.valid), block.x.eq(inputs.x), block.y.eq(inputs.y)]
        valid, x, y = (
            delay(m, getattr(inputs, name), ResidualAdd.LATENCY, name) for name in ("valid", "x", "y")
        )
        exact = rounded_and_clamped((x << left_x) + (y << left_y), right, numerics.ACTIVATION_MIN)
        with m.If(valid & history(m, ResidualAdd.LATENCY + 1, "filled")):
            m.d.comb += Assert(block.o.as_signed() == exact)

    return Bench({"valid": 1, "x": signed(8), "y": signed(8), "left_x": 3, "left_y": 3}, build)


PROOFS = [
    Proof(
        name="requantise.formula",
        claim="the operands are the saturated accumulator and the channel's multiplier; of any product "
        "the result is clamp(RNE(p / 2**17))",
        bench=requantise,
        depth=Requantise.LATENCY + 1,
    ),
    Proof(
        name="multiplier.product",
        claim="p = a * b of LATENCY cycles ago, 18 x 18 bits",
        bench=partial(multiplier, *OPERANDS, GENERIC),
        depth=Multiplier.LATENCY + 1,
        unbounded=False,
    ),
    Proof(
        name="multiplier.logic_8",
        claim="of logic: p = a * b of LATENCY cycles ago, 8 x 8 bits",
        bench=partial(multiplier, 8, 8, LOGIC),
        depth=Multiplier.LATENCY + 1,
        unbounded=False,
        long=True,
    ),
    *(
        Proof(
            name=f"multiplier.logic_digit_{place}",
            claim=f"of logic, 18 x 18 bits: exact product with digit {place} of b, exact sums; of all "
            "digits, by the distributive law, p = a * b",
            bench=partial(logic_steps, *OPERANDS, place),
            depth=2,
        )
        for place in range(OPERANDS[1] // DIGIT_BITS)
    ),
    *(
        Proof(
            name=f"residual.right_{right}",
            claim=f"o = clamp(RNE(((x << left_x) + (y << left_y)) / 2**{right})) for all words and left "
            "shifts",
            bench=partial(residual, right),
            depth=ResidualAdd.LATENCY + 2,
            long=True,
        )
        for right in range(numerics.ALIGN_RIGHT_MAX + 1)
    ),
]
