"""The proofs hold, and fail where the block is broken; their table and their record are of these proofs."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from amaranth.hdl import Assert, Module, Mux, Signal

from siammixer.arch.camera import Camera
from siammixer.ir.errors import InputError
from siammixer.rtl.control import address_generator
from siammixer.rtl.control.patch_loop import PatchLoop
from siammixer.verify.formal import arithmetic, blocks, camera, pixels, streams
from siammixer.verify.formal.__main__ import claimed, main, record
from siammixer.verify.formal.bench import Bench
from siammixer.verify.formal.catalogue import PROOFS, find_proofs
from siammixer.verify.formal.proof import Proof, Result, prove
from siammixer.verify.mutation.catalogue import MUTATIONS
from siammixer.verify.mutation.runner import ROOT


@pytest.mark.parametrize(
    "proof",
    [pytest.param(proof, id=proof.name, marks=[pytest.mark.long] if proof.long else []) for proof in PROOFS],
)
def test_holds(proof, tmp_path):
    assert prove(proof, tmp_path).failure == ""


def test_a_value_rounded_up_instead_of_to_even_is_seen(monkeypatch, tmp_path):
    def half_up(m: Module, value, fraction: int, *, name: str, enables, floor_is_zero=0) -> Signal:
        first, second = Signal.like(value, reset_less=True), Signal(8, reset_less=True)
        low = Mux(floor_is_zero, 0, -128)
        with m.If(enables[0]):
            m.d.sync += first.eq(value)
        with m.If(enables[1]):
            m.d.sync += second.eq(arithmetic.clamped((first + (1 << fraction - 1)) >> fraction, low, 127))
        return second.as_signed()

    monkeypatch.setattr("siammixer.rtl.datapath.requantise.clamp_and_round", half_up)
    (proof,) = find_proofs("requantise.formula")
    result = prove(proof, tmp_path)
    assert not result.proven
    assert "verify/formal/arithmetic.py" in result.failure and (tmp_path / "base.vcd").exists()


def test_a_word_lost_when_the_queue_is_full_is_seen(monkeypatch, tmp_path):
    """It promises room for one word more than it has."""
    elaborate = streams.Queue.elaborate

    def careless(self, platform):
        self._depth += 1
        return elaborate(self, platform)

    monkeypatch.setattr(streams.Queue, "elaborate", careless)
    (proof,) = find_proofs("queue.depth_5")
    assert "verify/formal/streams.py" in prove(replace(proof, depth=8, unbounded=False), tmp_path).failure


def test_a_loop_that_never_ends_is_seen(monkeypatch, tmp_path):
    """The place of the patch is forgotten with every instruction."""
    close = PatchLoop.close

    def forgetful(self, m, **program):
        close(self, m, **program)
        m.d.sync += [self.patch_column.eq(0), self.patch_row.eq(0)]

    monkeypatch.setattr(PatchLoop, "close", forgetful)
    (proof,) = find_proofs("sequencer.patches")
    assert "verify/formal/control.py" in prove(proof, tmp_path).failure


def test_a_weight_read_while_it_is_written_is_seen(monkeypatch, tmp_path):
    """Operands that are stored are multiplied too."""
    text = Path(address_generator.__file__).read_text()
    careless = text.replace("lane.multiply.eq(at.multiplies & ~storing)", "lane.multiply.eq(at.multiplies)")
    assert careless != text
    source = {"__name__": address_generator.__name__}
    exec(compile(careless, "careless", "exec"), source)
    monkeypatch.setattr("siammixer.verify.formal.one_port.AddressGenerator", source["AddressGenerator"])
    (proof,) = find_proofs("one_port.stores")
    assert "from reset" in prove(replace(proof, unbounded=False, depth=34), tmp_path).failure


# Tiles and a queue so small that a run fills it soon.
SMALL = {"bench": partial(pixels.handshake, 5, 2), "depth": 18}

# Of the mutations (verify/mutation/catalogue.py): the proof that breaks, with a buffer so small that a run
# shows it soon, and in how many cycles.
FAULTS = {
    "link: half a message is kept": (
        streams,
        "MessageBuffer",
        "messages.depth_16",
        {"bench": partial(streams.messages, 4), "depth": 9},
    ),
    "link: knows a byte late that it is full": (
        streams,
        "MessageBuffer",
        "messages.depth_16",
        {"bench": partial(streams.messages, 4), "depth": 9},
    ),
    "link: bytes offered before their last": (
        streams,
        "MessageBuffer",
        "messages.depth_16",
        {"bench": partial(streams.messages, 4), "depth": 9},
    ),
    "address generator: the first weight past the end is none": (
        address_generator,
        "AddressBounds",
        "address_generator.addresses",
        {},
    ),
    "pixels: room for one window too many": (pixels, "PixelWindows", "pixels.handshake", SMALL),
    "pixels: windows a row early": (pixels, "PixelWindows", "pixels.handshake", SMALL),
    "pixels: clear leaves windows on their way": (pixels, "PixelWindows", "pixels.handshake", SMALL),
    "pixels: an early end goes unnoticed": (pixels, "PixelWindows", "pixels.handshake", SMALL),
    "gearbox: groups a channel early": (blocks, "Gearbox", "gearbox.lanes_16", {}),
    "gearbox: advances in every cycle": (blocks, "Gearbox", "gearbox.lanes_8", {}),
    "gearbox: the rest of a move is lost": (blocks, "Gearbox", "gearbox.lanes_16", {}),
    "transposer: turns a block too late": (blocks, "Transposer", "transposer.size_4", {"depth": 12}),
    "transposer: moves without shift": (blocks, "Transposer", "transposer.size_4", {"depth": 12}),
    "transposer: gives the newest row": (blocks, "Transposer", "transposer.size_4", {"depth": 12}),
    "residual queue: the other word": (blocks, "ResidualQueue", "residual_queue.lane_0", {"depth": 8}),
    "residual queue: clear forgets half": (blocks, "ResidualQueue", "residual_queue.lane_0", {"depth": 8}),
    "residual queue: a lane too early": (blocks, "ResidualQueue", "residual_queue.lane_2", {"depth": 10}),
    "multiplier: sign of the logic lost": (arithmetic, "LogicMultiplier", "multiplier.logic_digit_5", {}),
    "source rows: a row is overwritten that is needed": (
        camera,
        "SourceRows",
        "source_rows.kept",
        {"bench": partial(camera.source_rows, Camera(source_rows=2)), "depth": 9},
    ),
    "strips: rows that are sent again are overwritten": (
        camera,
        "StripSender",
        "strips.side_15",
        {"bench": partial(camera.strip_rows, Camera(side=7, crop_rows=2)), "depth": 14},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_catalogue_is_seen(name, monkeypatch, tmp_path):
    (fault,) = (mutation for mutation in MUTATIONS if mutation.name == name)
    module, block, proof, changes = FAULTS[name]
    source = {"__name__": fault.file}
    exec(compile(fault.mutated(ROOT), fault.file, "exec"), source)
    monkeypatch.setattr(module, block, source[block])
    (proof,) = find_proofs(proof)
    assert "from reset" in prove(replace(proof, unbounded=False, **changes), tmp_path).failure


def test_an_unreachable_state_is_not_called_a_run(tmp_path):
    """Without a bound, an induction that fails says that the state may not be reachable."""
    proof = Proof(name="count", claim="", bench=partial(counter, 8), depth=2)
    assert "may not be reachable" in prove(proof, tmp_path).failure
    assert prove(replace(proof, unbounded=False), tmp_path).proven


def test_proofs_are_found_by_their_name(capsys):
    assert [proof.name for proof in find_proofs("queue.")] == ["queue.depth_5", "queue.depth_16"]
    with pytest.raises(InputError, match="must be the beginning of a proof's name"):
        find_proofs("quine")
    assert main(["--only", "quine"]) == 2
    assert "error: --only must be the beginning" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "content", "message"),
    [
        ("--quick --only multiplier.logic_8", None, "--quick leaves none of the proofs multiplier.logic_8"),
        ("--json none/formal.json", None, "none/formal.json: cannot be written"),
        ("--json .", None, ".: cannot be written"),
        ("--json formal.json", "{", "formal.json: not a record of python -m siammixer.verify.formal"),
        ("--json formal.json", "[]", "formal.json: not a record of python -m siammixer.verify.formal"),
        (
            "--only queue.depth_5 --folder formal.json",
            "",
            "formal.json/queue.depth_5: cannot be made (Not a directory)",
        ),
    ],
)
def test_what_cannot_be_run_or_recorded_is_refused_before_the_proofs(
    arguments, content, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("siammixer.verify.formal.proof.run_tool", lambda *_: pytest.fail("a proof ran"))
    if content is not None:
        Path("formal.json").write_text(content)
    assert main(arguments.split()) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"formal: error: {message}")
    assert [path.read_text() for path in tmp_path.iterdir()] == ([] if content is None else [content])


def table(document: str) -> list[str]:
    """The names in the first column of its table; "`a_0` to `_2`, `_5`" are four."""
    names = []
    for row in re.findall(
        r"^\| (`[^|]+) \|", document.partition("## Formal proofs")[2].partition("\n## ")[0], re.MULTILINE
    ):
        for to, stem, number in re.findall(r"(to )?`([\w.]*?)(?:_(\d+))?`", row):
            stem = stem or names[-1].rpartition("_")[0]
            first = int(names[-1].rpartition("_")[2]) + 1 if to else int(number or 0)
            names += [f"{stem}_{n}" for n in range(first, int(number) + 1)] if number else [stem]
    return names


def test_the_document_names_these_proofs():
    text = "## Formal proofs\n| `a.b_0` to `_2`, `_5` | `d.e` |\n| `c.d_e` | |\n## More\n| `f` | |"
    assert table(text) == ["a.b_0", "a.b_1", "a.b_2", "a.b_5", "c.d_e"]
    assert sorted(table((ROOT / "docs/verification.md").read_text())) == sorted(
        proof.name for proof in PROOFS
    )


def test_the_record_is_of_these_proofs_and_all_hold():
    recorded = json.loads((ROOT / "bench/formal.json").read_text())
    missing = [
        proof.name for proof in PROOFS if not claimed(proof).items() <= recorded.get(proof.name, {}).items()
    ]
    assert missing == [], "python -m siammixer.verify.formal --json bench/formal.json --only and these names"
    assert list(recorded) == [proof.name for proof in PROOFS]
    assert [name for name, proof in recorded.items() if not proof["proven"]] == []


def test_a_record_keeps_what_is_still_claimed():
    first, second, *_ = PROOFS
    before = {
        "gone": {},
        first.name: claimed(first) | {"proven": True, "seconds": 1.0},
        second.name: claimed(second) | {"claim": "less"},
    }
    assert record([], before) == {first.name: before[first.name]}
    renewed = record([Result(proof=second, seconds=2.04, failure="broken")], before)
    assert renewed == {
        first.name: before[first.name],
        second.name: claimed(second) | {"proven": False, "seconds": 2.0},
    }


def counter(limit: int):
    def build(m: Module, inputs) -> None:
        count = Signal(4)
        m.d.sync += count.eq(Mux(count == limit, 0, count + 2))
        m.d.comb += Assert(count != 7)

    return Bench({"unused": 1}, build)
