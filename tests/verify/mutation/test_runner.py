"""Mutations are applied to copies and judged by their tests: the machinery on a toy tree, and a few faults
of the catalogue for real.
"""

import json
from pathlib import Path

import pytest

import siammixer.verify.mutation.__main__ as command
from siammixer.ir.errors import InputError
from siammixer.verify.mutation.__main__ import FILE, main
from siammixer.verify.mutation.catalogue import MUTATIONS
from siammixer.verify.mutation.mutation import Mutation
from siammixer.verify.mutation.runner import ROOT, run_mutations

BY_NAME = {mutation.name: mutation for mutation in MUTATIONS}
QUICK = ("golden: ties go up", "rounding: ties to the odd", "queue: one word too many")
ADDER = "def add(a, b):\n    return a + b  # exactly\n"


def toy(new: str, old: str = "a + b") -> Mutation:
    return Mutation(name=f"adder: {new}", file="adder.py", old=old, new=new, tests=("test_adder.py",))


@pytest.fixture
def tree(tmp_path) -> Path:
    """A tree whose test does not see that 2 * 2 is 4 too."""
    (tmp_path / "adder.py").write_text(ADDER)
    (tmp_path / "test_adder.py").write_text(
        "from adder import add\n\n\ndef test_two_and_two():\n    assert add(2, 2) == 4\n"
    )
    (tmp_path / "bench").mkdir()
    return tmp_path


def test_what_is_caught_and_what_survives(tree):
    said = []
    outcomes = run_mutations([toy("a * b"), toy("a - b"), toy("c")], root=tree, jobs=2, progress=said.append)
    test = "test_adder.py::test_two_and_two"
    assert [outcome.caught_by for outcome in outcomes] == [None, test, test]
    assert [outcome.seen for outcome in outcomes] == [
        "all tests passed",
        "assert 0 == 4",
        "NameError: name 'c' is not defined",
    ]
    assert len(said) == 4 and any("3 of 3" in text for text in said)
    assert (tree / "adder.py").read_text() == ADDER


def test_a_source_that_is_none_is_not_caught(tree):
    (outcome,) = run_mutations([toy("a +")], root=tree)
    assert (outcome.caught_by, outcome.seen) == (None, "the tests did not run: 2")


@pytest.mark.parametrize(("old", "times"), [("a - b", 0), ("a", 4)])
def test_an_old_text_that_is_not_there_once_is_refused_by_name(old, times, tree):
    with pytest.raises(
        InputError, match=f"mutation adder: x: '{old}' must occur once in adder.py, not {times} times"
    ):
        run_mutations([toy("a - b"), toy("x", old)], root=tree)


def test_tests_that_fail_by_themselves_catch_nothing(tree):
    (tree / "adder.py").write_text(ADDER.replace("a + b", "a + b + 1"))
    (outcome,) = run_mutations([toy("a - b", "a + b + 1")], root=tree)
    assert (outcome.caught_by, outcome.seen) == (None, "test_adder.py::test_two_and_two fails without it too")


def test_the_command_names_survivors_and_keeps_a_record(tree, monkeypatch, capsys):
    def catalogue(*mutations: Mutation) -> None:
        monkeypatch.setattr(command, "MUTATIONS", mutations)

    def recorded() -> dict:
        return {
            name: fault["caught_by"]
            for name, fault in json.loads((tree / FILE).read_text())["outcomes"].items()
        }

    catalogue(toy("a - b"), toy("a * b"))
    assert main([], tree) == 1
    assert capsys.readouterr().out.endswith("1 of 2 caught\nsurvived: adder: a * b\n")
    assert recorded() == {"adder: a - b": "test_adder.py::test_two_and_two", "adder: a * b": None}
    catalogue(
        toy("a * b", "a + b  # exactly"), toy("a - b"), toy("0")
    )  # the second is as it was, the others are not run
    assert main(["--only", "adder: 0"], tree) == 0
    assert recorded().keys() == {"adder: a - b", "adder: 0"}
    catalogue(toy("x", "z"))
    assert main([], tree) == 2
    assert "mutation adder: x: 'z' must occur once" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("queue: One word too mny", "nearest: 'queue: one word too many', '"),
        ("golden: ties", "'golden: ties go up'"),
        ("#", "unknown mutation '#'; python"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest(name, nearest, tree, capsys):
    assert main(["--only", QUICK[0], name], tree) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"error: unknown mutation {name!r}; ") and nearest in printed.err
    assert (
        printed.err.endswith(f"python -m siammixer.verify.mutation --list shows all {len(MUTATIONS)}\n")
        and printed.err.count("\n") == 1
    )
    assert printed.out == "" and not (tree / FILE).exists()


def test_names_are_listed(capsys):
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [mutation.name for mutation in MUTATIONS]


def test_a_few_faults_are_caught():
    before = [(ROOT / BY_NAME[name].file).read_text() for name in QUICK]
    outcomes = run_mutations([BY_NAME[name] for name in QUICK])
    assert all(outcome.caught_by for outcome in outcomes), outcomes
    assert [(ROOT / BY_NAME[name].file).read_text() for name in QUICK] == before


@pytest.mark.long
def test_every_fault_is_caught():
    assert [outcome.mutation.name for outcome in run_mutations(MUTATIONS) if not outcome.caught_by] == []
