"""A board as an engine: golden's responses, over good and bad lines; every refusal named."""

import re
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.link import VERSION, Verdict
from siammixer.driver.board import Board
from siammixer.driver.board_engine import BoardEngine
from siammixer.driver.compare import describe
from siammixer.driver.errors import BoardError, CoreError
from siammixer.driver.words import program_words
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
TEMPLATE = random_image(NETWORK.template_side, 1)
CROPS = np.array([random_image(NETWORK.search_side, seed) for seed in (2, 3, 4)])


def engine(weights, transport, accelerator=TINY, network=NETWORK):
    return BoardEngine(network, weights, accelerator, Board(transport))


def expected(weights, template=TEMPLATE):
    golden = GoldenEngine(NETWORK, weights)
    golden.set_template(template)
    return golden.responses(CROPS)


def test_equals_golden(weights, model, line):
    transport = line(model())
    with closing(engine(weights, transport)) as board:
        for template in (TEMPLATE, CROPS[0]):
            board.set_template(template)
            for _ in range(2):
                found = board.responses(CROPS)
                assert found.dtype == np.int32 and np.array_equal(found, expected(weights, template))
                assert len(set(board.cycles)) == 1
        assert board.responses(CROPS[:0]).shape == (0, *NETWORK.response_shape)
    assert transport.closed


@pytest.mark.parametrize("seed", range(3), ids="seed={}".format)
def test_equals_golden_on_a_bad_line(weights, model, line, noise, seed):
    transport = line(model(), noise(seed, 0.05), noise(-1 - seed, 0.05))
    with closing(engine(weights, transport)) as board:
        board.set_template(TEMPLATE)
        assert np.array_equal(board.responses(CROPS), expected(weights))


def test_the_checksum_names_what_is_wrong(weights, model, line):
    core = model()
    with closing(engine(weights, line(core))) as board:
        with pytest.raises(InputError, match="a template must be set before the memories are checked"):
            board.wrong_memory()
        board.set_template(TEMPLATE)
        assert board.wrong_memory() == []
        for word, part in (
            (1, "template words 0 to 1"),
            (2, "weight words 2 to 33"),
            (100, "weight words 98 to 129"),
        ):
            core.weights[3, word, 8] ^= 1
            assert board.wrong_memory() == [part]
            core.weights[3, word, 8] ^= 1
        assert np.array_equal(board.responses(CROPS), expected(weights))


def test_another_accelerator_behind_the_port(weights, model, line):
    transport = line(model(accelerator=find_accelerator("ecp5-85f")))
    with pytest.raises(
        InputError, match=r"line: the board must hold the accelerator tiny \(\w+\), not ecp5-85f \(\w+\)"
    ):
        engine(weights, transport)
    assert transport.closed
    with pytest.raises(InputError, match="not an unknown one"):
        engine(weights, line(model(accelerator=replace(TINY, map_words=999))))


def test_another_version_of_the_protocol(weights, model, line):
    with pytest.raises(InputError, match=f"the board must speak version {VERSION} of the protocol, not 9"):
        engine(weights, line(model(version=9)))


@pytest.mark.parametrize("error", list(Error)[1:])
def test_the_cores_errors_in_words(weights, model, line, error):
    board = engine(weights, line(model(error=error)))
    with pytest.raises(
        CoreError, match=re.escape(f"line, template: the accelerator reports {MESSAGES[error]} (step 0)")
    ):
        board.set_template(TEMPLATE)
    with pytest.raises(InputError, match="a template must be set"):
        board.responses(CROPS)
    assert describe(99) == "the unknown error 99"


def test_a_run_without_end_is_given_up(weights, model, line):
    board = engine(weights, line(model(busy_for=10**4)))
    with pytest.raises(BoardError, match="line: the run does not end; it is in step 0"):
        board.set_template(TEMPLATE)


def test_refusals_are_named(model, line):
    board = Board(line(model()))
    transport = board._transport.board
    transport.left = 10**9
    with pytest.raises(BoardError, match="line: a write was refused: a run is in progress"):
        board.write(program_words(np.zeros(1, np.uint32)))
    with pytest.raises(BoardError, match="line: a start was refused: a run is in progress"):
        board.run(np.zeros((1, 3), np.uint8), limit_cycles=2)
    board.reset()
    board.write(program_words(np.zeros(1, np.uint32)))
    assert Verdict.DONE in transport.verdicts.values()


def test_bad_input_is_named(weights, model, line):
    board = engine(weights, line(model()))
    with pytest.raises(InputError, match="a template must be set before"):
        board.responses(CROPS)
    with pytest.raises(InputError, match=r"template crop must be uint8 \(\d+, \d+, 3\), not"):
        board.set_template(TEMPLATE[1:])
    board.set_template(TEMPLATE)
    with pytest.raises(InputError, match=r"search crops must be uint8 \(n, \d+, \d+, 3\), not"):
        board.responses(CROPS[0])
    with pytest.raises(InputError, match="weights must be those of siammixer, not of tiny"):
        engine(weights, line(model()), network=find_network("siammixer"))
    with pytest.raises(InputError, match="weights"):
        engine(random_weights(find_network("siammixer"), 1), line(model()))


def test_a_board_refuses_to_break_a_run_off(weights, model, line):
    """It would run to its end."""
    core = model()
    with closing(engine(weights, line(core))) as board:
        (session,) = board._sessions
        executed = len(core.executed)
        with pytest.raises(InputError, match="line: a run with a reset_cycle must be executed by the C"):
            session.attempt("template", TEMPLATE, reset_cycle=3)
        assert len(core.executed) == executed
