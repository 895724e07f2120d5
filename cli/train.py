"""``siammixer train``: float training, or training in golden's integers."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from siammixer.cli.options import command
from siammixer.ir.errors import InputError
from siammixer.tracking.datasets import DATASETS
from siammixer.training.names import ACTIVATIONS, DEVICES, PRECISIONS, STAGES, TEACHERS, VARIANTS

if TYPE_CHECKING:
    from siammixer.ir.network import Network
    from siammixer.training.data.tracks import Track
    from siammixer.training.loop.distributed import Processes
    from siammixer.training.loop.place import Crops, Place
    from siammixer.training.loop.recipe import Recipe

PATCH = "patch"
USUAL_TEACHER = "efficientnet-lite0"


def add(commands) -> None:
    """Adds the command's parser."""
    example = (
        "siammixer train --data crops/train --validation crops/val --out run --pairs 60000 "
        "--initial weights/siammixer.npz --freeze patch"
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
    _start_options(parser)
    _dataset_options(parser.add_argument_group("data sets"))
    _recipe_options(parser.add_argument_group("recipe"))
    _comparison_options(parser.add_argument_group("comparisons"))
    text = "Several GPUs or machines: torchrun --nproc-per-node N -m siammixer train ..."
    _machine_options(parser.add_argument_group("machine", text))


def _start_options(parser: argparse.ArgumentParser) -> None:
    """Adds how long the run is and what it starts from and learns from."""
    parser.add_argument(
        "--pairs",
        metavar="N",
        type=int,
        default=60_000,
        help="template and search pairs of the whole run (default 60000)",
    )
    parser.add_argument(
        "--stage",
        choices=STAGES,
        default="float",
        help="float (default), or qat: in golden's integers, from --initial",
    )
    parser.add_argument(
        "--initial",
        metavar="FILE",
        help="start from this weights file (.npz) or checkpoint (default: random weights)",
    )
    parser.add_argument(
        "--freeze",
        metavar="N|patch",
        default="0",
        help="keep the first N operators, or those of the patch stage (default 0)",
    )
    parser.add_argument(
        "--teacher",
        choices=TEACHERS,
        help="whose features to learn too (default efficientnet-lite0; qat: as --initial was)",
    )
    parser.add_argument(
        "--cache",
        metavar="DIR",
        help="folder of the teacher's features and of stored crops, for several runs (default: --out)",
    )


def _dataset_options(data: argparse._ArgumentGroup) -> None:
    """Adds the options of data sets that are read as they are."""
    data.add_argument(
        "--dataset",
        choices=DATASETS,
        help="--data names data sets of this layout (docs/datasets.md), not folders of crops",
    )
    data.add_argument("--split", metavar="S", help="a part of it, such as train (default: all)")
    data.add_argument(
        "--store",
        metavar="N",
        type=int,
        help="store the crops of every Nth frame first; a teacher needs stored crops",
    )
    data.add_argument(
        "--validation-split", metavar="S", help="--validation is a data set too, and this part of it counts"
    )
    data.add_argument(
        "--gap",
        metavar="N",
        type=int,
        default=100,
        help="frames between template and search, at most (default 100)",
    )


def _recipe_options(recipe: argparse._ArgumentGroup) -> None:
    """Adds what the result of the run depends on."""
    recipe.add_argument(
        "--learning-rate", metavar="R", type=float, help="peak of the schedule (default 2e-3; qat: 2e-4)"
    )
    recipe.add_argument(
        "--templates",
        metavar="N",
        type=int,
        default=8,
        help="templates a step, of all processes, each with 3 searches (default 8)",
    )
    recipe.add_argument(
        "--seed", metavar="N", type=int, default=1, help="of the first weights and of every pair (default 1)"
    )
    recipe.add_argument(
        "--every",
        metavar="N",
        type=int,
        default=250,
        help="steps between validations, each with its checkpoint (default 250)",
    )
    recipe.add_argument(
        "--validation-pairs",
        metavar="N",
        type=int,
        default=400,
        help="pairs that a validation counts hits on (default 400)",
    )
    recipe.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="type of products, stage float (default auto: the device's fastest, or the run's own)",
    )


def _comparison_options(recipe: argparse._ArgumentGroup) -> None:
    """Adds what only comparisons change."""
    recipe.add_argument(
        "--activation",
        choices=ACTIVATIONS,
        default="relu",
        help="for comparisons; only relu can be quantised (default relu)",
    )
    recipe.add_argument(
        "--variant",
        choices=VARIANTS,
        help="for comparisons: leave one idea of the network, or channels, out; float only",
    )


def _machine_options(machine: argparse._ArgumentGroup) -> None:
    """Adds where the run computes, which its result does not depend on."""
    machine.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        help="auto (default): a GPU where there is one",
    )
    machine.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=1,
        help="processes that prepare pairs (default 1; 0: the computation does it)",
    )
    machine.add_argument(
        "--threads",
        metavar="N",
        type=int,
        help="threads of the computation (default: the cores that the workers leave)",
    )


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
    from siammixer.training.data.dataset import Mixture
    from siammixer.training.loop.recipe import Recipe

    patch = sum(operator.patch for operator in network.weighted())
    if arguments.freeze != PATCH and not arguments.freeze.isdecimal():
        raise InputError(f"--freeze must be a number of operators or {PATCH}, not {arguments.freeze!r}")
    return Recipe(
        pairs=arguments.pairs,
        stage=arguments.stage,
        templates_per_step=arguments.templates,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        freeze=patch if arguments.freeze == PATCH else int(arguments.freeze),
        activation=arguments.activation,
        variant=arguments.variant,
        teacher=arguments.teacher or usual_teacher(arguments, network),
        every=arguments.every,
        validation_pairs=arguments.validation_pairs,
        precision=arguments.precision,
        mixture=Mixture(gap=arguments.gap),
    )


def usual_teacher(arguments: Namespace, network: Network) -> str:
    """Returns the teacher without ``--teacher``: the usual one, or, in the stage qat, the one of the
    checkpoint that the run starts from.
    """
    from siammixer.training.loop.warm_start import checkpoint_to_start_from

    if arguments.stage == "float":
        return USUAL_TEACHER
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
        workers=arguments.workers,
        say=say,
        drawn=drawn,
        progress=console(stderr=True).is_terminal,
    )


def read_crops(arguments: Namespace, place: Place) -> Crops:
    """Returns the tracks that ``--data`` and ``--validation`` name, in either form."""
    from siammixer.training.loop.place import Crops

    if arguments.dataset is None and (arguments.split or arguments.store or arguments.validation_split):
        raise InputError("--split, --store and --validation-split are for data sets: name one with --dataset")
    training = [
        track for folder in arguments.data for track in read_tracks(arguments, folder, arguments.split, place)
    ]
    if arguments.validation_split:
        validation = frames_of(arguments.dataset, arguments.validation, arguments.validation_split)
    else:
        from siammixer.training.data import tracks

        validation = tracks.read_tracks(arguments.validation)
    return Crops(training=training, validation=validation)


def read_tracks(arguments: Namespace, folder: str, split: str | None, place: Place) -> list[Track]:
    """Returns the training tracks of one folder: crops, frames of a data set, or crops stored from these."""
    from siammixer.tracking.datasets import open_dataset
    from siammixer.training.data import tracks

    if arguments.dataset is None:
        return tracks.read_tracks(folder)
    if arguments.store is None:
        return frames_of(arguments.dataset, folder, split)
    if arguments.store < 1:
        raise InputError(f"--store must be at least 1, not {arguments.store}")
    name = "-".join([arguments.dataset, split or "all", Path(folder).resolve().name, str(arguments.store)])
    stored = (place.cache or place.out) / "crops" / name
    if place.processes.first:
        place.say(f"storing the crops of {folder} in {stored}")
        for problem in tracks.write_crops(
            open_dataset(arguments.dataset, folder, split), stored, arguments.store
        ):
            place.say(f"{problem}; left out")
    place.processes.wait()
    return tracks.read_tracks(stored)


def frames_of(dataset: str, root: str, split: str | None) -> list[Track]:
    """Returns tracks cut from the frames of a data set as they are asked for."""
    from siammixer.tracking.datasets import open_dataset
    from siammixer.training.data.tracks import tracks_of

    return tracks_of(open_dataset(dataset, root, split))
