"""Accelerators as TOML files: what is written comes back, and what is none is refused by name."""

import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.named import accelerator_toml, open_accelerator
from siammixer.ir.errors import InputError


@pytest.mark.parametrize("accelerator", ACCELERATORS.values(), ids=lambda accelerator: accelerator.name)
def test_an_accelerator_comes_back_equal(accelerator, tmp_path):
    (tmp_path / "a.toml").write_text(accelerator_toml(accelerator))
    assert open_accelerator(str(tmp_path / "a.toml")) == open_accelerator(accelerator.name) == accelerator


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lanes = 5\nmap_words = 64\nweight_words = 64\n", "lanes must be 4, 8, 16 or 32, not 5"),
        ("map_words = 64\n", r"missing weight_words \(a whole number of 1 to 65536\)"),
        (
            "map_words = 64\nweight_words = 64\npatch_grid = [2]\n",
            r"patch_grid must be two whole numbers, not \[2\]",
        ),
        ("map_words = 64\nweight_words = 64\nmaps = 3\n", "unknown key 'maps'; accepted are name, lanes, "),
        ('name = "tiny"\nmap_words = 64\nweight_words = 64\n', "name must not be tiny, which is another one"),
        (
            'name = "a/b"\nmap_words = 64\nweight_words = 64\n',
            "name must be letters, digits and . _ - between",
        ),
    ],
)
def test_what_is_refused(text, message, tmp_path):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        open_accelerator(str(tmp_path / "bad.toml"))
