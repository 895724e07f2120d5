"""``siammixer train``: the trunk, then trunk and head with a teacher that tracks, then golden's integers."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from siammixer.cli import train_options
from siammixer.cli.options import command
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.ir.network import Network
    from siammixer.tracking.sequence import FileSequence
    from siammixer.training.data.tracks import Track
    from siammixer.training.loop.distributed import Processes
    from siammixer.training.loop.place import Crops, Place
    from siammixer.training.loop.recipe import Recipe

PATCH = "patch"
USUAL_TEACHER = "efficientnet-lite0"


def add(commands) -> None:
    """Adds the command's parser."""
    example = (
        "siammixer train --stage distil --data crops/train --validation crops/val --teachers teachers "
        "--out run --pairs 60000 --initial weights/siammixer.npz --freeze 3 --whole-every 8"
    )
    summary = "train a network; a run that was stopped goes on when started again"
    parser = command(commands, "train", summary, example)
    parser.add_argument(
        "--data",
        metavar="DIR",
        nargs="+",
        required=True,
        help="folders of training crops, or roots of the --dataset",
    )
    parser.add_argument(
        "--validation",
        metavar="DIR",
        required=True,
        help="folder of crops of other sequences, to choose the best checkpoint by",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        required=True,
        help="the run's folder: last.pt, best.pt, curves.csv, curves.png (qat: and .npz)",
    )
    train_options.start_options(parser)
    train_options.dataset_options(parser.add_argument_group("data sets"))
    train_options.recipe_options(parser.add_argument_group("recipe"))
    train_options.comparison_options(parser.add_argument_group("comparisons"))
    text = "Several GPUs or machines: torchrun --nproc-per-node N -m siammixer train ..."
    train_options.machine_options(parser.add_argument_group("machine", text))


def run(arguments: Namespace) -> int:
    """Trains, or goes on with, the run."""
    from siammixer.ir.named import open_network
    from siammixer.report.outputs import output_folder
    from siammixer.training.loop.distributed import open_processes
    from siammixer.training.loop.train import train

    network = open_network(arguments.network)
    recipe = read_recipe(arguments, network)
    threads = (
        max(1, (os.cpu_count() or 1) - arguments.workers) if arguments.threads is None else arguments.threads
    )
    for name, value, least in (("workers", arguments.workers, 0), ("threads", threads, 1)):
        if value < least:
            raise InputError(f"--{name} must be at least {least}, not {value}")
    with open_processes(arguments.device, threads) as processes, output_folder(arguments.out) as out:
        place = where(arguments, out, processes)
        train(network, recipe, read_crops(arguments, place), place)
    return 0


def read_recipe(arguments: Namespace, network: Network) -> Recipe:
    """Returns the recipe that the options describe."""
    from siammixer.training.data.box_dataset import BoxMixture
    from siammixer.training.data.dataset import Mixture
    from siammixer.training.distillation.tracker_teacher import open_tracker
    from siammixer.training.loop.recipe import Recipe

    patch = sum(operator.patch for operator in network.weighted())
    if arguments.freeze != PATCH and not arguments.freeze.isdecimal():
        raise InputError(f"--freeze must be a number of operators or {PATCH}, not {arguments.freeze!r}")
    _check_teachers(arguments)
    tracker = open_tracker(arguments.teachers)
    return Recipe(
        pairs=arguments.pairs,
        stage=arguments.stage,
        templates_per_step=arguments.templates,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        freeze=patch if arguments.freeze == PATCH else int(arguments.freeze),
        whole_every=arguments.whole_every,
        activation=arguments.activation,
        variant=arguments.variant,
        teacher=arguments.teacher or usual_teacher(arguments, network),
        tracker="none" if tracker is None else tracker.name,
        every=arguments.every,
        validation_pairs=arguments.validation_pairs,
        precision=arguments.precision,
        mixture=Mixture(gap=arguments.gap),
        box_mixture=BoxMixture(gap=arguments.gap),
    )


def _check_teachers(arguments: Namespace) -> None:
    """Refuses a teacher that the stage does not learn from."""
    if arguments.teachers and arguments.stage == "float":
        raise InputError("--teachers must be left out in the stage float, which trains no head")
    if arguments.stage == "distil" and arguments.teacher not in (None, "none"):
        raise InputError(
            f"--teacher must be none in the stage distil, not {arguments.teacher}: its teacher is in "
            "--teachers"
        )


def usual_teacher(arguments: Namespace, network: Network) -> str:
    """Returns the teacher without ``--teacher``: in the stage float the usual one; in the stage qat of a
    network without a head the one of the checkpoint that the run starts from.
    """
    from siammixer.training.loop.warm_start import checkpoint_to_start_from

    if arguments.stage == "float":
        return USUAL_TEACHER
    if network.head_layers:
        return "none"
    start = checkpoint_to_start_from(network, Path(arguments.initial) if arguments.initial else None)
    return start["recipe"]["teacher"] if "projection" in start else "none"


def where(arguments: Namespace, out: Path, processes: Processes) -> Place:
    """Says where and how the run computes."""
    from siammixer.report.tables import console
    from siammixer.training.loop.place import Place

    def say(text: str) -> None:
        console().print(text, markup=False, soft_wrap=True)

    def drawn(rows: list[dict[str, float]]) -> None:
        from siammixer.report.curves import draw

        draw(rows, out / "curves.png")

    return Place(
        out=out,
        processes=processes,
        cache=Path(arguments.cache) if arguments.cache else None,
        initial=Path(arguments.initial) if arguments.initial else None,
        teachers=Path(arguments.teachers) if arguments.teachers else None,
        workers=arguments.workers,
        say=say,
        drawn=drawn,
        progress=console(stderr=True).is_terminal,
    )


def read_crops(arguments: Namespace, place: Place) -> Crops:
    """Returns the tracks that ``--data`` and ``--validation`` name, in either form."""
    from siammixer.training.loop.place import Crops

    options = (arguments.split, arguments.store, arguments.validation_split, arguments.as_stored)
    if arguments.dataset is None and any(options):
        raise InputError(
            "--split, --store, --validation-split and --as-stored are for data sets: name one with --dataset"
        )
    training = [
        track for folder in arguments.data for track in read_tracks(arguments, folder, arguments.split, place)
    ]
    if arguments.validation_split:
        validation = tracks_of_dataset(arguments, arguments.validation, arguments.validation_split, place)
    else:
        from siammixer.training.data import tracks

        validation = tracks.read_tracks(arguments.validation)
    return Crops(training=training, validation=validation)


def read_tracks(arguments: Namespace, folder: str, split: str | None, place: Place) -> list[Track]:
    """Returns the training tracks of one folder: crops, frames of a data set, or crops stored from these."""
    from siammixer.training.data import tracks

    if arguments.dataset is None:
        return tracks.read_tracks(folder)
    if arguments.store is None:
        return tracks_of_dataset(arguments, folder, split, place)
    if arguments.store < 1:
        raise InputError(f"--store must be at least 1, not {arguments.store}")
    name = "-".join([arguments.dataset, split or "all", Path(folder).resolve().name, str(arguments.store)])
    name += "-as-stored" if arguments.as_stored else ""
    stored = (place.cache or place.out) / "crops" / name
    if place.processes.first:
        place.say(f"storing the crops of {folder} in {stored}")
        for problem in tracks.write_crops(
            sequences_of(arguments, folder, split, place), stored, arguments.store
        ):
            place.say(f"{problem}; left out")
    place.processes.wait()
    return tracks.read_tracks(stored)


def sequences_of(arguments: Namespace, root: str, split: str | None, place: Place) -> list[FileSequence]:
    """Returns the sequences of a data set; one that cannot be read is named and left out."""
    from siammixer.tracking.datasets import list_dataset, read_entries

    entries = list_dataset(arguments.dataset, root, split)
    sequences, problems = read_entries(entries, upright=not arguments.as_stored)
    if not sequences:
        raise InputError(next(iter(problems.values())))
    for problem in problems.values() if place.processes.first else ():
        place.say(f"{problem}; left out")
    return sequences


def tracks_of_dataset(arguments: Namespace, root: str, split: str | None, place: Place) -> list[Track]:
    """Returns tracks cut from the frames of a data set as they are asked for."""
    from siammixer.training.data.tracks import tracks_of

    return tracks_of(sequences_of(arguments, root, split, place))
