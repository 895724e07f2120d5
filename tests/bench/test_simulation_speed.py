from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.simulation_speed import HARNESSES, main
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network


def test_both_harnesses_are_timed(capsys):
    assert main(["tiny", "--accelerator", "tiny", "--rounds", "2"]) == 0
    *_, head, native, cocotb = capsys.readouterr().out.splitlines()
    cycles = compile_branch(find_network("tiny"), find_accelerator("tiny"), branch="search").predicted_cycles
    assert head.startswith(f"{cycles:,} cycles a search frame; seconds, best and median of 2")
    for name, line in zip(HARNESSES, (native, cocotb), strict=True):
        best, median = map(float, line.removeprefix(name).split()[:2])
        assert line.startswith(name) and 0 < best <= median


def test_what_does_not_fit_is_refused(capsys):
    assert main(["siammixer", "--accelerator", "tiny"]) == 2
    assert "does not fit accelerator tiny" in capsys.readouterr().err
