"""A process from liberty files: corners, cells by what they do, macros."""

import pytest

from siammixer.boards.asic.process import read_process
from siammixer.ir.errors import InputError


def test_corners_cells_and_macros(library):
    process = read_process([library / "typical.lib"], [library / "ram.lib"])
    assert [corner.name for corner in process.corners] == ["1.20 V, 25 C"]
    assert process.buffers == ("BUF", "BUF4") and process.delays == ("SLOW",)
    assert process.flip_flops == {"DFF"} and process.ties == (None, None)
    assert process.areas == {"BUF": 4, "BUF4": 8, "SLOW": 12, "INV": 2, "NAND2": 3, "DFF": 20, "RAM16X8": 600}
    (macro,) = process.macros
    assert (macro.depth, macro.width, macro.ports, macro.masked) == (16, 8, 1, True)
    assert (macro.read_pj, macro.write_pj, macro.tied) == (3.0, 4.0, {"A_DLY": (1, 1)})


def test_two_corners(library):
    both = read_process([library / "slow.lib", library / "typical.lib"])
    assert [corner.name for corner in both.corners] == ["1.08 V, 125 C", "1.20 V, 25 C"]


def test_files_that_do_not_go_together_are_refused(library):
    typical, slow, ram = (library / name for name in ("typical.lib", "slow.lib", "ram.lib"))
    with pytest.raises(InputError, match=r"ram\.lib: its corner, 1\.2 V and 25 C, has no standard cells"):
        read_process([slow], [ram])
    with pytest.raises(InputError, match="same macros for every corner"):
        read_process([typical, slow], [ram])
    with pytest.raises(InputError, match="must hold one SRAM macro, not 6 cells"):
        read_process([typical], [typical])
    ram.write_text(ram.read_text().replace("A_REN)", "A_OEN)"))
    with pytest.raises(InputError, match="RAM16X8: must have the pins A_CLK"):
        read_process([typical], [ram])
