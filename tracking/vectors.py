"""Golden vectors of the tracker's integers: inputs and outputs to check other implementations against.

``python -m siammixer.tracking.vectors`` writes ``vectors.json`` beside this module anew. docs/numerics.md
says what each part means; all numbers are integers in the units given there.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np

from siammixer.ir.catalogue import NETWORKS
from siammixer.tracking import fixed, reading
from siammixer.tracking.box import Box
from siammixer.tracking.crop import CENTRE_BITS, Window, crop, mean_colour, window_at
from siammixer.tracking.loss import Hold, Look
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker

FILE = Path(__file__).with_name("vectors.json")
NETWORK = NETWORKS["siammixer"]
SETTINGS = Settings()


class Draw:
    """Numbers that any language can repeat: ``state = (1103515245 * state + 12345) mod 2**31``, of which
    the bits from 16 on are used.
    """

    def __init__(self, seed: int):
        self.state = seed

    def __call__(self, low: int, high: int) -> int:
        """The next number, from ``low`` to ``high``; at most 2**15 different ones."""
        self.state = (1103515245 * self.state + 12345) % 2**31
        return low + (self.state >> 16) % (high - low + 1)

    def map(self, side: int) -> np.ndarray:
        """A box map INT32 (side, side, 5): row by row, cell by cell, channel by channel, -128 to 127."""
        numbers = [self(-128, 127) for _ in range(side * side * 5)]
        return np.array(numbers, np.int32).reshape(side, side, 5)


def vectors() -> dict:
    """Everything that ``vectors.json`` holds."""
    return {
        "settings": {name: _setting(name) for name in vars(SETTINGS)},
        "tables": _tables(),
        "logarithm": [[value, fixed.logarithm(value)] for value in _values()],
        "scaled": [
            [value, log, fixed.scaled(value, log)]
            for value in (1, 255, 256, 1000, 2**15 + 1, 10**6)
            for log in (-152170, -65536, -40000, -1, 0, 1, 30000, 65535, 65536, 152170)
        ],
        "quotient": [
            [top, below, fixed.quotient(top, below)]
            for top in (-7, -5, -4, -1, 0, 1, 4, 5, 7)
            for below in (1, 2, 3, 8)
        ],
        "shifted": [
            [value, bits, fixed.shifted(value, bits)]
            for value in (-7, -6, -2, -1, 0, 1, 2, 6, 7)
            for bits in (-2, 0, 1, 2)
        ],
        "window": _windows(),
        "crop": _crops(),
        "best_cell": _best_cells(),
        "vote": _votes(),
        "movement": _movements(),
        "change": _changes(),
        "new_sizes": _new_sizes(),
        "own_errors": _own_errors(),
        "loss": _loss(),
        "frames": _frames(),
    }


def _setting(name: str) -> int:
    return SETTINGS.patience if name == "patience" else SETTINGS.share(name)


def _tables() -> dict:
    side = NETWORK.response_side
    return {
        "probabilities": fixed.PROBABILITIES.tolist(),
        "powers": list(fixed.POWERS),
        "logarithms": list(fixed.LOGARITHMS),
        "cosine_axis": fixed.cosine_axis(side).tolist(),
        "views": [list(view) for view in reading.VIEWS],
    }


def _values() -> list[int]:
    near = [2**power + offset for power in (1, 8, 15, 16, 17, 24, 31) for offset in (-1, 0, 1)]
    return [*near, 3, 5, 7, 100, 1280, 65793, 98304, 10**9]


def _windows() -> list[dict]:
    rows, draw = [], Draw(1)
    sizes = [(1, 1), (256, 256), (2560, 15360), (40 * 256, 60 * 256), (3077, 911), (500 * 256, 8 * 256)]
    for width, height in [*sizes, *((draw(1, 30000), draw(1, 30000)) for _ in range(10))]:
        window = window_at(0, 0, width, height, NETWORK.search_side, NETWORK)
        rows.append({"width": width, "height": height, "step": window.step})
    return rows


def _image() -> np.ndarray:
    """Red, green and blue are (7 x + 13 y + 29 channel) mod 256; 64 x 48 pixels."""
    y, x, channel = np.ogrid[:48, :64, :3]
    return ((7 * x + 13 * y + 29 * channel) % 256).astype(np.uint8)


def _crops() -> list[dict]:
    image, rows = _image(), []
    for x, y, step, side in ((8192, 6144, 65536, 31), (8200, 6001, 30011, 63), (-500, 14000, 150001, 31)):
        pixels = crop(image, Window(x=x, y=y, step=step, side=side), mean_colour(image))
        rows.append(
            {"x": x, "y": y, "step": step, "side": side, "fill": mean_colour(image).tolist()}
            | {"first_row": pixels[0].reshape(-1).tolist(), "crc32": zlib.crc32(pixels.tobytes())}
        )
    return rows


def _best_cells() -> list[dict]:
    rows, side = [], NETWORK.response_side
    for seed, low, high, near in (
        (1, -128, 127, True),
        (2, -40, 20, True),
        (3, -40, 20, False),
        (4, 7, 7, True),
    ):
        draw = Draw(seed)
        scores = np.array([draw(low, high) for _ in range(side * side)]).reshape(side, side)
        cosine = fixed.cosine(side) if near else None
        place = reading.best_cell(fixed.probability(scores), cosine, SETTINGS.share("window"))
        rows.append({"scores": scores.tolist(), "near": near, "cell": list(place)})
    ties = np.full((5, 5), -128)
    ties[2, 4] = ties[3, 0] = ties[4, 4] = 9
    place = reading.best_cell(fixed.probability(ties))
    return [*rows, {"scores": ties.tolist(), "near": False, "cell": list(place)}]


def _votes() -> list[dict]:
    rows = []
    for seed, cell in ((5, (2, 2)), (6, (0, 0)), (7, (4, 3)), (8, (1, 4))):
        response = Draw(seed).map(5)
        found = reading.vote(response, fixed.probability(response[..., 0]), *cell)
        rows.append({"response": response.tolist(), "cell": list(cell), "vote": list(found)})
    nothing = np.full((5, 5, 5), -128, np.int32)
    found = reading.vote(nothing, fixed.probability(nothing[..., 0]), 1, 1)
    return [*rows, {"response": nothing.tolist(), "cell": [1, 1], "vote": list(found)}]


def _movements() -> list[list[int]]:
    middle, stride = (NETWORK.response_side - 1) // 2, NETWORK.stride
    return [
        [cell, offset, step, reading.movement(cell, offset, middle, stride, step)]
        for cell in (0, 7, 8, 16)
        for offset in (-300, -1, 0, 1, 128)
        for step in (1, 20000, 65536, 123457)
    ]


def _changes() -> list[list[int]]:
    draw, rows = Draw(9), []
    for _ in range(16):
        seen, bias, last, grown = (
            draw(-9000, 9000) * 8,
            draw(-9000, 9000),
            draw(-9000, 9000),
            draw(-9000, 9000),
        )
        rows.append([seen, bias, last, grown, reading.change(seen, bias, last, grown, SETTINGS)])
    return rows


def _new_sizes() -> list[list[int]]:
    draw, rows = Draw(10), []
    for _ in range(24):
        last = draw(-16000, 16000) * 9, draw(-16000, 16000) * 9
        changes, certainty = (draw(-16000, 16000) * 6, draw(-16000, 16000) * 6), draw(0, 32767) + draw(0, 1)
        rows.append([*last, *changes, certainty, *reading.new_sizes(last, changes, certainty, SETTINGS)])
    return rows


def _own_errors() -> list[dict]:
    draw, rows = Draw(11), []
    for _ in range(4):
        votes = [reading.Vote(0, 0, draw(-16000, 16000), draw(-16000, 16000)) for _ in reading.VIEWS]
        errors = reading.own_errors(votes, SETTINGS)
        rows.append({"seen": [[one.width, one.height] for one in votes], "errors": list(errors)})
    return rows


def _loss() -> list[dict]:
    """A target that is missed, looked for on all four sides, found by chance, refused, and found again; both
    thresholds are met exactly and missed by one.
    """
    hold, rows, draw, patience = Hold(), [], Draw(12), SETTINGS.patience
    low, high = SETTINGS.chance("lost_below"), SETTINGS.chance("found_above")
    # Frame -> probability: seen at the threshold; a look beside that fails; candidates refused and agreed.
    given = {2: low, 3: low - 1, 18: high - 1, 20: high, 21: high - 1, 39: 32768, 40: high, 47: low}
    for frame in range(50):
        probability = given.get(frame, draw(0, 4000))
        look = hold.look(patience)
        side = list(hold.side(patience)) if look is Look.BESIDE else None
        hold, taken = hold.after(look, probability, SETTINGS)
        rows.append({"look": look.value, "side": side, "probability": probability, "taken": taken})
        rows[-1] |= {"missed": hold.missed, "lost": hold.lost(patience)}
    return rows


class _Drawn:
    """An engine whose responses are drawn, one after the other. Scores are low in the frames 4 to 10, so that
    the target is lost; frame 11 looks beside, and frame 12 agrees.
    """

    network, name = NETWORK, "drawn"

    def __init__(self, seed: int):
        self.draw, self.count = Draw(seed), -len(reading.VIEWS)

    def set_template(self, crop: np.ndarray) -> None:
        """The template counts for nothing."""

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """The next maps, one for each crop."""
        return np.stack([self._next() for _ in crops])

    def _next(self) -> np.ndarray:
        response, self.count = self.draw.map(NETWORK.response_side), self.count + 1
        if 4 <= self.count <= 10:
            response[..., 0] = np.minimum(response[..., 0], -30)
        return response

    def close(self) -> None:
        """There is nothing to release."""


def _frames() -> dict:
    """A whole tracker on drawn responses: its boxes in 1/512 pixel."""
    tracker, image = Tracker(_Drawn(13), SETTINGS), np.zeros((360, 640, 3), np.uint8)
    box = Box(300.0, 150.0, 41.5, 60.25)
    tracker.init(image, box)
    rows = []
    for _ in range(16):
        state = tracker.update(image)
        window = state.window
        rows.append(
            {"box": [_whole(value * 2 ** (CENTRE_BITS + 1)) for value in state.box]}
            | {"confidence": _whole(state.confidence * fixed.ONE), "lost": state.lost}
            | {"window": [window.x, window.y, window.step]}
        )
    return {"first_box": [_whole(value * 2 ** (CENTRE_BITS + 1)) for value in box], "frames": rows}


def _whole(value: float) -> int:
    """A float that is a whole number, as an integer."""
    if value != int(value):
        raise ValueError(f"{value} must be a whole number")
    return int(value)


def text() -> str:
    """The file's text: a line for each entry."""
    lines = []
    for name, value in vectors().items():
        items = [
            f"{json.dumps(key)}: {json.dumps(part)}" if isinstance(value, dict) else json.dumps(part)
            for key, part in (value.items() if isinstance(value, dict) else enumerate(value))
        ]
        begin, end = "{}" if isinstance(value, dict) else "[]"
        lines.append(f"{json.dumps(name)}: {begin}\n" + ",\n".join(items) + f"\n{end}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text())
    print(FILE)
