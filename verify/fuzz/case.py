"""A random network with its accelerator, weights and pixels, as a description that a file can hold."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.ir.errors import InputError
from siammixer.ir.layers import LAYERS as ALL_LAYERS
from siammixer.ir.layers import Convolution, Depthwise, Layer
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid

LAYERS = {layer.__name__: layer for layer in ALL_LAYERS}
STAGES = ("patch_layers", "mixer_layers", "head_layers")
STYLES = ("calibrated", "extreme", "quantised")
IMAGES = ("blobs", "noise", "black", "white", "checker")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network, its integers and its pixels, on an accelerator.

    Sizes are those of the deepest map. The crops follow from them, so that no layer leaves a remainder.

    Parameters
    ----------
    seed
        Seed of the case, its weights and its images.
    search_map, template_map
        Side of the embedding of each branch, in cells.
    template_tokens
        Side of the template, in cells.
    style
        Style of the weights (siammixer.verify.fuzz.weights): "calibrated", "extreme", or "quantised" by
        PyTorch.
    image
        Kind of both crops (siammixer.verify.fuzz.images).
    stall
        Probability that the pixel stream pauses in a cycle, in the second search run.
    """

    seed: int
    accelerator: Accelerator
    patch_layers: tuple[Layer, ...]
    mixer_layers: tuple[Layer, ...]
    search_map: int
    template_map: int
    template_tokens: int
    grid: Grid
    style: str
    image: str
    stall: float
    head_layers: tuple[Layer, ...] = ()

    @property
    def network(self) -> Network:
        """The described network.

        Raises
        ------
        InputError
            The description is no valid network.
        """
        search, template = self._crop(self.search_map), self._crop(self.template_map)
        return Network(
            name=f"random-{self.seed}",
            search_side=search,
            template_side=template,
            exemplar_side=max(1, template // 2),
            template_tokens=self.template_tokens,
            patch_layers=self.patch_layers,
            mixer_layers=self.mixer_layers,
            head_layers=self.head_layers,
        )

    def _crop(self, side: int) -> int:
        for layer in reversed(self.patch_layers + self.mixer_layers):
            if isinstance(layer, Convolution | Depthwise):
                side = (side - 1) * layer.stride + layer.kernel
        return side

    @property
    def description(self) -> dict:
        """Plain values for JSON, which :func:`load_cases` can read."""
        content = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for stage in STAGES:
            content[stage] = [
                {"layer": type(layer).__name__, **dataclasses.asdict(layer)} for layer in content[stage]
            ]
        return content | {"accelerator": dataclasses.asdict(self.accelerator), "grid": str(self.grid)}


def load_cases(path: Path | str) -> list[Case]:
    """The cases that failed in a report of ``siammixer fuzz --json``, in their shrunk form where there is
    one.

    Raises
    ------
    InputError
        The file is missing, is no report, or holds no failure or a broken one; the message names the file.
    """
    try:
        found = [failure["case"] for failure in json.loads(Path(path).read_text())["failures"]]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, LookupError, TypeError):
        raise InputError(f"{path}: must be a report that siammixer fuzz --json wrote") from None
    if not found:
        raise InputError(f"{path}: must hold a network that failed, and holds none")
    return [_read_from(path, number, content) for number, content in enumerate(found)]


def _read_from(path: Path | str, number: int, content: dict) -> Case:
    try:
        return _read(content)
    except InputError as error:
        raise InputError(f"{path}: failure {number}: {error}") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise InputError(
            f"{path}: failure {number} must hold a case as this version of siammixer fuzz writes it"
        ) from None


def _read(content: dict) -> Case:
    """The case of a :attr:`Case.description`."""
    for stage in STAGES:
        content[stage] = tuple(LAYERS[layer.pop("layer")](**layer) for layer in content[stage])
    content["accelerator"]["patch_grid"] = tuple(content["accelerator"]["patch_grid"])
    content |= {"accelerator": Accelerator(**content["accelerator"]), "grid": Grid.parse(content["grid"])}
    case = Case(**content)
    if case.style not in STYLES or case.image not in IMAGES or not 0 <= case.stall < 1:
        raise InputError(
            f"style, image and stall must be those of siammixer.verify.fuzz.case, not {case.style}, "
            f"{case.image}, {case.stall}"
        )
    return case
