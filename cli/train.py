"""``siammixer train``: float training, or training in golden's integers."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.report.outputs import output_folder
from siammixer.report.tables import console

if TYPE_CHECKING:
    from siammixer.training.data.tracks import Track
    from siammixer.training.loop.distributed import Ranks
    from siammixer.training.loop.place import Crops, Place
    from siammixer.training.loop.recipe import Recipe

PATCH = "patch"
USUAL_TEACHER = "efficientnet-lite0"


def run(arguments: Namespace) -> int:
    from siammixer.training.loop.distributed import open_ranks
    from siammixer.training.loop.train import train

    network = find_network(arguments.network)
    recipe = read_recipe(arguments, network)
    threads = (
        max(1, (os.cpu_count() or 1) - arguments.workers) if arguments.threads is None else arguments.threads
    )
    for name, value, least in (("workers", arguments.workers, 0), ("threads", threads, 1)):
        if value < least:
            raise InputError(f"--{name} must be at least {least}, not {value}")
    with open_ranks(arguments.device, threads) as ranks, output_folder(arguments.out) as out:
        place = where(arguments, out, ranks)
        train(network, recipe, read_crops(arguments, place), place)
    return 0


def read_recipe(arguments: Namespace, network: Network) -> Recipe:
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
        mixture=Mixture(gap=arguments.gap),
    )


def usual_teacher(arguments: Namespace, network: Network) -> str:
    """Without ``--teacher``: the recipe's own; of the stage qat the one that the checkpoint was trained
    with.
    """
    from siammixer.training.loop.warm_start import checkpoint_to_start_from

    if arguments.stage == "float":
        return USUAL_TEACHER
    start = checkpoint_to_start_from(network, Path(arguments.initial) if arguments.initial else None)
    return start["recipe"]["teacher"] if "projection" in start else "none"


def where(arguments: Namespace, out: Path, ranks: Ranks) -> Place:
    from siammixer.training.loop.place import Place

    def say(text: str) -> None:
        console().print(text, markup=False, soft_wrap=True)

    def drawn(rows: list[dict[str, float]]) -> None:
        from siammixer.report.curves import draw

        draw(rows, out / "curves.png")

    return Place(
        out=out,
        ranks=ranks,
        cache=Path(arguments.cache) if arguments.cache else None,
        initial=Path(arguments.initial) if arguments.initial else None,
        workers=arguments.workers,
        say=say,
        drawn=drawn,
        progress=console(stderr=True).is_terminal,
    )


def read_crops(arguments: Namespace, place: Place) -> Crops:
    """The tracks that ``--data`` and ``--validation`` name, in either form."""
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
    if place.ranks.first:
        place.say(f"storing the crops of {folder} in {stored}")
        for problem in tracks.write_crops(
            open_dataset(arguments.dataset, folder, split), stored, arguments.store
        ):
            place.say(f"{problem}; left out")
    place.ranks.wait()
    return tracks.read_tracks(stored)


def frames_of(dataset: str, root: str, split: str | None) -> list[Track]:
    """Tracks cut from the frames of a data set as they are asked for."""
    from siammixer.tracking.datasets import open_dataset
    from siammixer.training.data.tracks import tracks_of

    return tracks_of(open_dataset(dataset, root, split))
