"""Programs, cycles and tensors are those that were recorded."""

import json

from siammixer.bench import digests

RECORD = json.loads(digests.FILE.read_text())


def changed(found):
    return {case: (RECORD.get(case), digest) for case, digest in found if RECORD.get(case) != digest}


def test_everything():
    found = digests.everything()
    assert changed(found.items()) == {} and found.keys() == RECORD.keys()


def test_a_change_of_one_bit_is_seen(monkeypatch):
    original = digests.compile_branch

    def one_bit_off(*arguments):
        program = original(*arguments)
        program.program[-2] ^= 1
        return program

    monkeypatch.setattr(digests, "compile_branch", one_bit_off)
    found = changed(digests.random(1))
    assert found and len(found) == 2 * sum(": golden" in case for case, _ in digests.random(1))
