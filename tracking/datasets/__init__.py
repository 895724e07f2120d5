"""Data sets as people have them on disk: a catalogue, and one loader a layout.

``list_dataset`` names the sequences of a data set, each of which is read when it is asked for;
``open_dataset`` reads them all, with their boxes. No image is decoded by either; a frame that
is broken or missing is an error when it is asked for. What each tree looks like, and where the facts come
from: docs/datasets.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    # The catalogue is printed by --help, which loads neither NumPy nor OpenCV.
    from siammixer.tracking.datasets.files import Entry
    from siammixer.tracking.sequence import FileSequence, Sequence


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A layout of files on disk; its loader is ``tracking.datasets.<name>.entries(root, split)``.

    Parameters
    ----------
    title
        The data set's own name.
    tree
        The files expected below the root, in one line.
    splits
        What ``split`` may be, besides None; empty where the tree decides.
    """

    title: str
    tree: str
    splits: tuple[str, ...] = ()


DATASETS = {
    "otb": Dataset(
        title="OTB",
        tree="NAME/img/0001.jpg, NAME/groundtruth_rect.txt (several targets: groundtruth_rect.1.txt, .2.txt)",
        splits=("2013", "50", "100"),
    ),
    "uav123": Dataset(
        title="UAV123",
        tree="anno/UAV123/NAME.txt, data_seq/UAV123/FOLDER/000001.jpg; configSeqs.m, if there, says where "
        "each starts",
        splits=("UAV123", "UAV20L", "UAV123_10fps"),
    ),
    "got10k": Dataset(
        title="GOT-10k",
        tree="{train,val,test}/list.txt, NAME/groundtruth.txt, NAME/00000001.jpg, NAME/{absence,cover}.label",
        splits=("train", "val", "test"),
    ),
    "lasot": Dataset(
        title="LaSOT",
        tree="[CATEGORY/]NAME/img/00000001.jpg, NAME/groundtruth.txt, "
        "NAME/{full_occlusion,out_of_view}.txt; testing_set.txt for splits",
        splits=("train", "test"),
    ),
    "vot": Dataset(
        title="VOT (boxes and polygons)", tree="list.txt, NAME/groundtruth.txt, NAME/[color/]00000001.jpg"
    ),
    "vid": Dataset(
        title="ILSVRC VID",
        tree="Annotations/VID/{train,val}/.../SEQUENCE/000000.xml, "
        "Data/VID/{train,val}/.../SEQUENCE/000000.JPEG",
        splits=("train", "val"),
    ),
    "coco": Dataset(
        title="COCO (stills)",
        tree="annotations/instances_SPLIT.json, [images/]SPLIT/*.jpg; SPLIT is train2017 or the like",
    ),
}


def list_dataset(kind: str, root: Path | str, split: str | None = None) -> list[Entry]:
    """Returns the sequences of a data set by name, in the order of its list or of their names. What is wrong
    with one of them is said when it is read.

    Parameters
    ----------
    kind
        A name of :data:`DATASETS`.
    root
        Its folder.
    split
        One of the data set's parts; None is all of it (got10k and coco: the only one there is, got10k else
        val).

    Raises
    ------
    InputError
        Naming what is missing or wrong, and what tree is accepted.
    """
    if kind not in DATASETS:
        raise InputError(f"dataset must be one of {', '.join(DATASETS)}, not {kind!r}")
    dataset, root = DATASETS[kind], Path(root)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; {dataset.title} is expected as {dataset.tree}")
    if split is not None and dataset.splits and split not in dataset.splits:
        raise InputError(
            f"split of {dataset.title} must be one of {', '.join(dataset.splits)}, not {split!r}"
        )
    entries = import_module(f"siammixer.tracking.datasets.{kind}").entries(root, split)
    if not entries:
        raise InputError(
            f"{root}: holds no annotated sequence; {dataset.title} is expected as {dataset.tree}"
        )
    return entries


def open_dataset(
    kind: str, root: Path | str, split: str | None = None, *, upright: bool = True
) -> list[Sequence]:
    """Returns the sequences of a data set, read, in the order of its list or of their names.

    Parameters
    ----------
    kind, root, split
        As for :func:`list_dataset`.
    upright
        Whether images are turned as their orientation tag says. Those of vid never are, and those of
        coco where the table says so: their boxes were drawn on stored pixels.

    Raises
    ------
    InputError
        As :func:`list_dataset`, and where any sequence is broken.
    """
    return [read_entry(entry, upright=upright) for entry in list_dataset(kind, root, split)]


def read_entries(
    entries: Iterable[Entry], *, upright: bool = True
) -> tuple[list[FileSequence], dict[str, str]]:
    """Returns the sequences of the entries that can be read, and what is wrong with the others, by name."""
    sequences, problems = [], {}
    for entry in entries:
        try:
            sequences.append(read_entry(entry, upright=upright))
        except InputError as error:
            problems[entry.name] = str(error)
    return sequences, problems


def read_entry(entry: Entry, *, upright: bool = True) -> FileSequence:
    """Returns the sequence of an entry, with images turned as ``upright`` says in :func:`open_dataset`.

    Raises
    ------
    InputError
        Where it is broken, naming the file.
    """
    sequence = entry.read()
    return sequence if upright else sequence.as_stored()
