"""Requests on bad lines: each executed once, answered once, in order; and boards that do not answer."""

import pytest

from siammixer.arch.link import NUMBERS, WINDOW, Kind, Verdict
from siammixer.driver.connection import ATTEMPTS, Answer, Connection, Request
from siammixer.driver.errors import BoardError
from siammixer.ir.errors import InputError

START = Request(kind=Kind.START, payload=bytes(2))
REQUESTS = [
    START,
    *[Request(kind=Kind.PIXELS, payload=n.to_bytes(3, "little")) for n in range(NUMBERS + 50)],
]


def connection(line):
    opened = Connection(line)
    opened.open()
    return opened


def test_a_good_line_repeats_nothing(model, line):
    board = model()
    opened = connection(line(board))
    assert opened.exchange(REQUESTS) == [Answer(verdict=Verdict.DONE, payload=b"")] * len(REQUESTS)
    assert board.executed == [request.kind for request in REQUESTS] and opened.repetitions == 0
    assert board.pixels == [request.payload for request in REQUESTS[1:]]


@pytest.mark.parametrize("direction", ["to_board", "to_host"])
@pytest.mark.parametrize("seed", range(5), ids="seed={}".format)
def test_a_bad_line_changes_nothing(model, line, noise, direction, seed):
    board = model()
    opened = connection(line(board, **{direction: noise(seed, 0.15)}))
    assert {answer.verdict for answer in opened.exchange(REQUESTS)} == {Verdict.DONE}
    assert board.executed == [request.kind for request in REQUESTS] and opened.repetitions > 0
    assert board.pixels == [request.payload for request in REQUESTS[1:]]


@pytest.mark.parametrize("direction", ["to_board", "to_host"])
def test_what_is_lost_is_repeated_once(model, line, direction):
    """With what had been sent after it, once and not for each of the answers that miss it."""
    passed = []

    def lose_the_fifth(data):
        passed.append(data)
        return b"" if len(passed) == 6 else data  # the first opened the session

    opened = connection(line(model(), **{direction: lose_the_fifth}))
    opened.exchange(REQUESTS)
    assert 1 <= opened.repetitions <= WINDOW


def test_a_refusal_stays_one_when_it_is_repeated(model, line):
    """The answer to a second start is lost: the repetition is refused too."""
    board, lose = model(), []
    opened = connection(line(board, to_host=lambda data: data if not lose else lose.pop()))
    opened.exchange([START])
    lose.append(b"")
    assert [answer.verdict for answer in opened.exchange([START])] == [Verdict.BUSY]
    assert opened.repetitions == 1


def test_nothing_answers(model, line):
    with pytest.raises(InputError, match="line: nothing answers: is the tracker's bitstream loaded"):
        connection(line(model(), to_host=lambda data: b""))


def test_something_else_answers(model, line):
    with pytest.raises(InputError, match="line: what answers is no tracker, or not at this baud"):
        connection(line(model(), to_host=lambda data: b"~login:~"))


def test_an_opening_that_is_lost_is_sent_again(model, line):
    lose = [b""] * (ATTEMPTS - 1)
    connection(line(model(), to_board=lambda data: lose.pop() if lose else data))


def test_a_board_that_falls_silent(model, line):
    silent = []
    opened = connection(line(model(), to_host=lambda data: b"" if silent else data))
    silent.append(True)
    with pytest.raises(BoardError, match="line: the board no longer answers"):
        opened.exchange(REQUESTS)
    assert opened.repetitions < ATTEMPTS * 10


def test_a_board_that_was_reset(model, line):
    board = model()
    opened = connection(line(board))
    opened.exchange(REQUESTS[:3])
    board.session = False
    with pytest.raises(BoardError, match="line: the board was reset in the middle of a session"):
        opened.exchange(REQUESTS[3:5])
