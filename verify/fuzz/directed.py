"""Directed cases for bins that few random cases fill.

They have a 5 x 5 window of stride 2 in a late layer, which makes the crop large.
"""

from __future__ import annotations

from siammixer.ir.layers import Convolution, Depthwise
from siammixer.ir.patches import Grid
from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.case import Case


def _strided(channels: int) -> Case:
    return Case(
        seed=channels,
        accelerator=fuzz_accelerator("tiny"),
        patch_layers=(Convolution(name="P0", channels=channels),),
        mixer_layers=(Depthwise(name="M0", kernel=5, stride=2),),
        search_map=4,
        template_map=3,
        template_tokens=3,
        grid=Grid(1, 2),
        style="extreme",
        image="noise",
        stall=0.5,
    )


DIRECTED = {
    "mixer Depthwise 5 x 5, stride 2: channels one over, one word": _strided(1),
    "mixer Depthwise 5 x 5, stride 2: channels one over, several word": _strided(9),
    "mixer Depthwise 5 x 5, stride 2: channels one short, one word": _strided(7),
    "mixer Depthwise 5 x 5, stride 2: channels one short, several word": _strided(15),
}
"""Bin (siammixer.verify.fuzz.coverage) -> case that falls into it."""
