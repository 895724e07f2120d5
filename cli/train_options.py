"""The options of ``siammixer train``."""

from __future__ import annotations

import argparse

from siammixer.cli.options import stored_option
from siammixer.tracking.datasets import DATASETS
from siammixer.training.names import ACTIVATIONS, DEVICES, PRECISIONS, STAGES, TEACHERS, VARIANTS


def start_options(parser: argparse.ArgumentParser) -> None:
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
        help="float (default): the trunk, by its dense correlation; distil: trunk and head, from labels and "
        "--teachers; qat: in golden's integers, from --initial",
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
        "--whole-every",
        metavar="N",
        type=int,
        default=0,
        help="stage distil: the operators of --freeze learn in every Nth step (default 0: never)",
    )
    parser.add_argument(
        "--teacher",
        choices=TEACHERS,
        help="stage float: whose features to learn too (default efficientnet-lite0; qat: as --initial was)",
    )
    parser.add_argument(
        "--teachers",
        metavar="DIR",
        help="stages distil and qat: folder of a tracker's ONNX files, of NanoTrack's interface (*_backbone, "
        "*_head) or of FEAR's (*_template, *_search); without it the labels alone teach",
    )
    parser.add_argument(
        "--cache",
        metavar="DIR",
        help="folder of the teacher's features and of stored crops, for several runs (default: --out)",
    )


def dataset_options(data: argparse._ArgumentGroup) -> None:
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
    stored_option(data)
    data.add_argument(
        "--gap",
        metavar="N",
        type=int,
        default=100,
        help="frames between template and search, at most (default 100)",
    )


def recipe_options(recipe: argparse._ArgumentGroup) -> None:
    """Adds what the result of the run depends on."""
    recipe.add_argument(
        "--learning-rate",
        metavar="R",
        type=float,
        help="peak of the schedule (default 2e-3; distil: 1e-3; qat: 2e-4)",
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
        help="type of products, not of the stage qat (default auto: the device's fastest, or the run's own)",
    )


def comparison_options(recipe: argparse._ArgumentGroup) -> None:
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


def machine_options(machine: argparse._ArgumentGroup) -> None:
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
