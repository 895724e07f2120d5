"""Commands that write records tell what they are, and refuse what they do not know before they work."""

import importlib

import pytest

from siammixer.bench import document


@pytest.mark.parametrize(
    "name", ["build", "compare_records", "coverage", "cycles", "faults", "link", "simulation_speed", "soak"]
)
@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["--bogus"], 2)])
def test_help_and_what_is_not_known_write_nothing(name, arguments, status, tmp_path, monkeypatch, capsys):
    command = importlib.import_module(f"siammixer.bench.{name}")
    if hasattr(command, "FILE"):
        monkeypatch.setattr(command, "FILE", tmp_path / "record.json")
    monkeypatch.setattr(document, "DOCS", tmp_path)
    with pytest.raises(SystemExit, match=str(status)):
        command.main(arguments)
    printed = capsys.readouterr()
    assert f"python -m siammixer.bench.{name}" in (printed.err if status else printed.out)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("faults", ["0"], "argument FLIPS: must be a whole number of at least 1, not '0'"),
        ("faults", ["many"], "argument FLIPS: must be a whole number of at least 1, not 'many'"),
        ("build", ["--seeds", "1,x"], "argument --seeds: must be a whole number of at least 0, not 'x'"),
        ("build", ["--seeds", "1,1"], "argument --seeds: must be different seeds, not '1,1'"),
        ("build", ["--seeds", ""], "argument --seeds: must be a whole number of at least 0, not ''"),
    ],
)
def test_numbers(name, arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        importlib.import_module(f"siammixer.bench.{name}").main(arguments)
    assert capsys.readouterr().err.endswith(f"error: {message}\n")
