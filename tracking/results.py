"""Result files in each benchmark's own format, as its toolkit reads them."""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.ir.words import counted
from siammixer.tracking.box import Box
from siammixer.tracking.names import BENCHMARKS


def write_results(
    kind: str, folder: Path | str, tracker: str, name: str, boxes: Ordered[Box], seconds: Ordered[float]
) -> Path:
    """Writes one sequence's boxes and times; says where the boxes are.

    ================
    ==========================================================================================
    otb uav123 lasot  TRACKER/NAME.txt with x,y,w,h per line; TRACKER/times/NAME_time.txt
    got10k            TRACKER/NAME/NAME_001.txt with x,y,w,h per line; TRACKER/NAME/NAME_time.txt
    vot               TRACKER/baseline/NAME/NAME_001.txt, line 1 is 1 (started here), then x,y,w,h;
    NAME_time.txt
    ================
    ==========================================================================================

    Parameters
    ----------
    kind
        A data set's name; one of :data:`siammixer.tracking.names.BENCHMARKS`.
    folder
        Where the results of all trackers lie; made if missing. Files of an earlier run are replaced.
    boxes
        One a frame, the given one of the first frame included.
    seconds
        What each frame took.

    Raises
    ------
    InputError
        For a benchmark without results, a name that is no file's, counts that differ, or a folder that
        cannot be written to.
    """
    if kind not in BENCHMARKS:
        raise InputError(f"results must be for one of {', '.join(BENCHMARKS)}, not {kind!r}")
    for word in (tracker, name):
        if not word or word != Path(word).name:
            raise InputError(f"names of trackers and sequences must serve as file names, not {word!r}")
    if len(boxes) != len(seconds):
        raise InputError(
            f"{name}: must have a time for each of {counted(len(boxes), 'box')}, not {len(seconds)}"
        )
    lines = [",".join(f"{value:.4f}" for value in box) for box in boxes]
    if kind == "vot":
        lines[0] = "1"
    found, times = _places(kind, Path(folder) / tracker, name)
    _write(found, lines)
    _write(times, [f"{value:.8f}" for value in seconds])
    return found


def _places(kind: str, folder: Path, name: str) -> tuple[Path, Path]:
    """Returns the files of the boxes and of the times."""
    if kind in ("otb", "uav123", "lasot"):
        return folder / f"{name}.txt", folder / "times" / f"{name}_time.txt"
    inner = folder / "baseline" / name if kind == "vot" else folder / name
    return inner / f"{name}_001.txt", inner / f"{name}_time.txt"


def _write(path: Path, lines: list[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    write_whole(path, "\n".join(lines) + "\n")
