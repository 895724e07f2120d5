"""The tracker's bundle: its files, and what its test bench says, also of faults."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FIRST_FRAMES, State
from siammixer.delivery.bundle import bundle_files, write_bundle
from siammixer.delivery.names import is_legal
from siammixer.delivery.tracker_job import TrackerJob
from siammixer.delivery.tracker_video import TOLD
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.sim.verilator import verilator

icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="needs Icarus Verilog: apt-get install iverilog"
)
NETWORK = find_network("tiny")
LAST_LOOKS = tuple(f"frame {number}" for number in range(1, 4))
VERILATOR = (f"VERILATOR={verilator()}", "VERILATOR_FLAGS=-O1 -CFLAGS -O0", "JOBS=1")


def make_job(**choice):
    fixed = {
        "network": NETWORK,
        "weights": load_weights(NETWORK),
        "accelerator": find_accelerator("tiny"),
    }
    return TrackerJob(**fixed | choice)


@pytest.fixture(scope="module")
def job():
    return make_job()


@pytest.fixture(scope="module")
def folder(job, tmp_path_factory):
    """A bundle whose simulator is built once; whoever changes a file puts it right again."""
    return write_bundle(job, tmp_path_factory.mktemp("bundle") / "tracker")


def check_passed(status, said):
    """Every frame was as expected."""
    assert status == 0 and "\nPASSED\n" in said, said
    looks = [f"frame 0, look {number} of {FIRST_FRAMES}" for number in range(1, FIRST_FRAMES + 1)]
    for look in (*looks, *LAST_LOOKS):
        assert re.search(rf"^{look}: \w+, box .*: as expected$", said, re.MULTILINE), said
    assert re.search(r"^cycle 50000: frame \d of \d+ is shown$", said, re.MULTILINE), said


def test_the_same_job_gives_the_same_bytes(job):
    assert bundle_files(job) == bundle_files(make_job())


def test_files(job):
    files = bundle_files(job)
    prefix = job.prefix
    assert {
        *(f"rtl/{prefix}.v", f"tb/{prefix}_tb.v", f"{prefix}.core", "vivado/package_ip.tcl", "Makefile"),
        *(f"registers/{name}" for name in ("registers.rdl", "registers.md", "component.xml")),
        *("registers/siammixer_tracker_registers.h", "README.md", "SHA256SUMS"),
        *(f"instantiate/{prefix}_instance.{end}" for end in ("v", "vhd")),
    } <= files.keys()
    assert all(is_legal(port.name) for port in job.ports)
    assert all(f">{port.name}<".encode() in files["registers/component.xml"] for port in job.ports)
    assert b"-busif s_axis_video" in files["vivado/package_ip.tcl"]
    assert b"Left out: drivers in C and for PYNQ" in files["README.md"]
    for name, content in files.items():
        assert b"@@" not in content or name.endswith(".bin"), name
    manifest = json.loads(files["manifest.json"])
    assert (manifest["core"], manifest["bus"]) == ("tracker", "axi")
    assert manifest["largest_frame"] == {"width": 1280, "height": 720}


def test_the_video_and_what_is_told_of_it(job):
    files, frames = bundle_files(job), job.video.frames
    count, height, width, _ = frames.shape
    assert count >= 4 and files["images/video.bin"] == frames.tobytes()
    pixels = [int(line, 16) for line in files["images/video.hex"].split()]
    marks = np.array([value >> 24 for value in pixels]).reshape(count, height, width)
    assert (
        (marks[:, :, -1] == 1).all() and (marks[:, 0, 0] == 2).all() and marks.sum() == count * (height + 2)
    )
    told = np.frombuffer(files["images/news.bin"], "<u4").reshape(-1, len(TOLD))
    assert len(told) == FIRST_FRAMES + count - 1
    by_name = dict(zip([register.name for register in TOLD], told.T, strict=True))
    assert by_name["result"].tolist() == [State.LEARNING] * FIRST_FRAMES + [State.TRACKING] * (count - 1)
    x, width_told = by_name["box_left"].view("<i4") / 512, by_name["box_width"] / 256
    assert np.allclose([x[0], width_told[0]], [job.video.box.x, job.video.box.width], atol=1 / 256)
    # The target is followed: its box has moved with it.
    assert (np.diff(x[FIRST_FRAMES - 1 :]) > 0.5).all() and (
        by_name["confidence"][FIRST_FRAMES:] > 2**14
    ).all()


def test_registers_follow_one_behind_the_other():
    """The test bench reads them in a loop."""
    assert [register.address for register in TOLD] == [
        TOLD[0].address + 4 * place for place in range(len(TOLD))
    ]


def test_lint(folder, make):
    status, said = make(folder, "lint", VERILATOR[0])
    assert status == 0 and "%Warning" not in said, said


@icarus
@pytest.mark.long
def test_icarus_passes(folder, make):
    check_passed(*make(folder))


@icarus
def test_icarus_begins(folder, make):
    """As far as the first search, which needs all that was loaded; every later look is like it."""
    status, text = make(folder, "build/icarus.vvp")
    assert status == 0 and "warning" not in text, text
    vvp = subprocess.Popen(["vvp", "-n", "build/icarus.vvp"], cwd=folder, stdout=subprocess.PIPE, text=True)
    said = []
    with vvp:
        for line in vvp.stdout:
            said.append(line)
            if "look 2" in line:
                vvp.kill()
    assert said[0].startswith("loaded: 1480 words"), said
    assert re.match(r"frame 0, look 2 of 9: LEARNING, box .*: as expected", said[-1]), said


def test_it_stands_beside_a_core(folder, axi, tmp_path):
    """Both default bundles in one design: no name is there twice."""
    names = [
        name
        for bundle in (folder, axi)
        for path in bundle.glob("rtl/*.v")
        for name in re.findall(r"^module (\w+)", path.read_text(), re.MULTILINE)
    ]
    assert len(names) == len(set(names))


FAULTS = {
    # A weight of the last layer.
    "images/weights.hex": (
        (142, 8),
        [
            r"^images/weights\.hex is not what was exported: checksum",
            r"^frame [123]: (BOX_\w+|CONFIDENCE): expected -?\d+, found -?\d+$",
        ],
    ),
    "images/search_program.hex": (
        (20, 1),
        [
            r"^images/search_program\.hex is not what was exported",
            r"^frame 0, look 2 of 9: code: expected 0, found 38:\n  an instruction does not match its check",
        ],
    ),
    "images/video.hex": (
        lambda lines: [*lines[:-500], *lines[-499:]],
        [
            r"^images/video\.hex is not what was exported",
            r"^frame 3: code: expected 0, found 17:\n  a line ended before its last pixel",
        ],
    ),
    "images/news.hex": (
        (-11 + 1, 1),
        [r"^images/news\.hex is not what was exported", r"^frame 3: BOX_LEFT: expected \d+, found \d+$"],
    ),
}


def test_verilator_passes_and_tells_faults(folder, make, faulty):
    status, said = make(folder, "verilator", *VERILATOR)
    check_passed(status, said)
    assert "%Warning" not in said, said
    for name, (fault, expected) in FAULTS.items():
        file = folder / name
        right = file.read_text()
        file.write_text("\n".join(faulty(right.splitlines(), fault)) + "\n")
        status, said = make(folder, "verilator", *VERILATOR)
        assert status != 0 and re.search(r"^FAILED: \d+ of the checks", said, re.MULTILINE), said
        for line in expected:
            assert re.search(line, said, re.MULTILINE), f"{line} in {said}"
        file.write_text(right)
    assert make(folder, "check")[0] == 0


def test_a_video_that_stops_is_told(folder, make):
    """Its last frame is not whole: nothing is told of it, and the test bench does not wait for ever."""
    file = folder / "images/video.hex"
    right = file.read_text()
    file.write_text("".join(right.splitlines(keepends=True)[:-900]))
    status, said = make(folder, "verilator", *VERILATOR)
    file.write_text(right)
    assert status != 0 and re.search(
        r"^frame 3: nothing is told in \d+ cycles; 13 frames", said, re.MULTILINE
    )


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"prefix": "a-b"}, "the prefix must be a letter"),
        (
            {"network": find_network("siammixer"), "weights": load_weights(find_network("siammixer"))},
            "accelerator tiny cannot track with network siammixer, whose crops come in strips from the video",
        ),
        ({"network": find_network("siammixer")}, "weights"),
        (
            {"accelerator": replace(find_accelerator("tiny"), name="small", program_words=200)},
            "the programs of both branches loaded: 288 words, accelerator small",
        ),
    ],
)
def test_what_cannot_track_is_refused(choice, message):
    with pytest.raises(InputError, match=message):
        make_job(**choice)
