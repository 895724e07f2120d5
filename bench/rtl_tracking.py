"""Track whole sequences on the simulated accelerator and on golden, and compare every response and box.

``python -m siammixer.bench.rtl_tracking SEQUENCE [SEQUENCE ...]`` writes the results to
``bench/rtl_tracking.json``, with fingerprints of the weights and of the Verilog. A finished sequence is not
run again while the fingerprints and the settings are the same, so a stopped run can go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence as Many
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import ACCELERATORS, DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.bench.arguments import parser
from siammixer.golden.difference import first_difference
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights, load_weights
from siammixer.sim.engine import RtlEngine
from siammixer.sim.simulators import design_fingerprint
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import FolderSequence, Sequence
from siammixer.tracking.tracker import Settings, Tracker

FILE = Path(__file__).with_name("rtl_tracking.json")


class Recorder:
    """An engine that keeps its responses since the last :meth:`take`, and counts them and the seconds
    that they took.
    """

    def __init__(self, engine: GoldenEngine | RtlEngine):
        self.engine, self.network, self.name = engine, engine.network, engine.name
        self.seconds, self.passes = 0.0, 0
        self._kept: list[np.ndarray] = []

    def set_template(self, crop: np.ndarray) -> None:
        """Sets the engine's template."""
        self.engine.set_template(crop)

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """The engine's responses, which are kept too."""
        begin = time.monotonic()
        self._kept.append(self.engine.responses(crops))
        self.passes += len(crops)
        self.seconds += time.monotonic() - begin
        return self._kept[-1]

    def close(self) -> None:
        """Closes the engine."""
        self.engine.close()

    def take(self) -> np.ndarray:
        """INT32 (n, r, r, c): the responses that were kept, which are then forgotten."""
        kept, self._kept = np.concatenate(self._kept), []
        return kept


def tracking_difference(
    engines: Many[Recorder], sequence: Sequence, settings: Settings, progress=lambda frame: None
) -> str | None:
    """Tracks a sequence on both engines side by side.

    Returns
    -------
    str or None
        The first frame in which a response or a box differs, with the place; None where all are equal.
    """
    trackers = [Tracker(engine, settings) for engine in engines]
    first = sequence.boxes[0]
    if first is None:
        raise InputError(f"{sequence.name}: the first frame must have a box")
    boxes: list[Box] = [first] * 2
    for frame in range(len(sequence)):
        image = sequence.image(frame)
        if frame == 0:
            for tracker in trackers:
                tracker.init(image, first)
        else:
            boxes = [tracker.update(image).box for tracker in trackers]
        golden, found = (engine.take() for engine in engines)
        name = f"{sequence.name}, frame {frame}"
        if problem := first_difference(name, golden, found, axes=("pass", "row", "column", "channel")):
            return problem
        if boxes[0] != boxes[1]:
            return f"{name}: boxes {boxes[0]} and {boxes[1]}"
        progress(frame)
    return None


def compare(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    folder: str,
    settings: Settings,
    processes: int,
) -> dict:
    """The entry of a sequence in :data:`FILE`."""
    sequence = FolderSequence(folder)
    with closing(RtlEngine(network, weights, accelerator, processes=processes)) as rtl:
        engines = [Recorder(GoldenEngine(network, weights)), Recorder(rtl)]
        difference = tracking_difference(
            engines,
            sequence,
            settings,
            lambda frame: print(f"{sequence.name} {frame + 1}/{len(sequence)}", flush=True),
        )
    return {
        "frames": len(sequence),
        "search_passes": engines[1].passes,
        "difference": difference,
        "frames_per_second": round((len(sequence) - 1) / engines[1].seconds, 3),
        "processes": processes,
    }


def main() -> int:
    """Runs the command; the exit status is 1 where a sequence in the record differs."""
    options = parser("rtl_tracking", __doc__)
    options.add_argument("sequences", nargs="+", help="OTB-style folders")
    options.add_argument("--network", default="siammixer", choices=NETWORKS)
    options.add_argument("--accelerator", default=DEFAULT_ACCELERATOR, choices=ACCELERATORS)
    options.add_argument("--processes", type=int, default=1, help="simulators side by side")
    given = options.parse_args()
    network, settings = find_network(given.network), Settings()
    weights, accelerator = load_weights(network), find_accelerator(given.accelerator)
    design = design_fingerprint(accelerator)
    identity = {
        "weights": weights.fingerprint,
        "accelerator": accelerator.fingerprint,
        "design": design,
        "settings": asdict(settings),
    }
    for folder in given.sequences:
        name = Path(folder).resolve().name
        if name not in recorded(FILE, identity)["sequences"]:
            result = compare(network, weights, accelerator, folder, settings, given.processes)
            record = recorded(FILE, identity)  # another run may have added to it meanwhile
            record["sequences"][name] = result
            FILE.write_text(json.dumps(record, indent=2) + "\n")
        print(name, recorded(FILE, identity)["sequences"][name])
    return int(any(result["difference"] for result in recorded(FILE, identity)["sequences"].values()))


def recorded(file: Path, identity: dict) -> dict:
    """The record in a file, or an empty one where the file's identity differs.

    The identity consists of the weights, the accelerator, the Verilog and the settings.
    """
    record = json.loads(file.read_text()) if file.exists() else {}
    return record if {key: record.get(key) for key in identity} == identity else identity | {"sequences": {}}


if __name__ == "__main__":
    raise SystemExit(main())
