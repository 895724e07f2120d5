"""Verilog text: the ports' names, stable, memories folded, converted again only on change."""

import re

import pytest

from siammixer.sim.verilog import cached_verilog, verilog


def test_text(dummy):
    text = verilog(dummy(), "siammixer")
    ports = re.split(r",\s*", re.search(r"module siammixer \((.*?)\);", text, re.DOTALL)[1])
    assert {
        "clk",
        "rst",
        "host__write__payload",
        "host__pixels__ready",
        "trace__address",
        "host__response_data",
        "identity",
    } <= set(ports)
    assert text == verilog(dummy(), "siammixer")
    assert "conftest" not in text
    assert "for (i = 0; i < 4; i = i + 1)\n      weights[i] = 8'h00;" in text
    assert "weights[1]" not in text


def test_cache(dummy, tmp_path):
    source = tmp_path / "hardware.py"
    source.write_text("1")
    made = []

    def convert(parameters):
        return cached_verilog(
            lambda: made.append(parameters) or dummy(),
            "siammixer",
            parameters,
            sources=[tmp_path],
            cache=tmp_path / "build",
        )

    assert convert("a") == convert("a") == verilog(dummy(), "siammixer")
    assert made == ["a"]
    convert("b")
    source.write_text("2")
    convert("b")
    assert made == ["a", "b", "b"]
    for file in (tmp_path / "build").rglob("*.v"):
        file.write_text("module siammixer(a);\n")  # cut off
    assert convert("b") == verilog(dummy(), "siammixer")
    assert made == ["a", "b", "b", "b"]


@pytest.mark.parametrize("damage", ["emptied", "cut off", "changed", "no text", "a folder"])
def test_damaged_kept_verilog_is_written_anew(damage, tmp_path, monkeypatch):
    monkeypatch.setattr("siammixer.sim.verilog.verilog", lambda component, name: "module a;\nendmodule\n")

    def kept():
        return cached_verilog(lambda: None, "a", (), cache=tmp_path)

    text = kept()
    (file,) = (tmp_path / "verilog").iterdir()
    whole = file.read_bytes()
    if damage == "a folder":
        file.unlink()
        file.mkdir()
    else:
        changed = {"emptied": b"", "cut off": whole[:-9], "changed": whole.replace(b"a;", b"b;")}
        file.write_bytes(changed.get(damage, b"\xff\xfe"))
    assert kept() == text == "module a;\nendmodule\n" and file.read_bytes() == whole
