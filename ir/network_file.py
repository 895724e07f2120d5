"""A network as a TOML file: its sizes, then its layers in order of execution.

A layer is a table of ``patch_layers``, ``mixer_layers`` or ``head_layers`` with its ``kind`` (a key of
:data:`LAYERS`) and the fields of that class in :mod:`siammixer.ir.layers`. docs/your-own-network.md shows a
whole file.
"""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.described import read_fields, read_toml, toml_lines
from siammixer.ir.errors import InputError
from siammixer.ir.layers import LAYERS as ALL_LAYERS
from siammixer.ir.layers import Layer
from siammixer.ir.network import Network

LAYERS = {layer.keyword: layer for layer in ALL_LAYERS}
"""The layer classes, by their ``kind`` in a file."""
STAGES = ("patch_layers", "mixer_layers", "head_layers")
OPTIONAL = "head_layers"


def read_network(path: Path | str) -> Network:
    """The network that a TOML file describes; without a ``name`` it has the file's.

    Raises
    ------
    InputError
        If the file cannot be read, or does not describe a network; the message names the key and what is
        accepted.
    """
    return network_of(read_toml(path), str(path), Path(path).stem)


def network_of(data: dict, where: str, name: str) -> Network:
    """The network of a TOML file's content ``data``.

    ``where`` names the file in messages; ``name`` is the network's name unless the content has one.
    """
    sizes = {"name": name} | {key: value for key, value in data.items() if key not in STAGES}
    layers = {stage: _layers(data.get(stage, []), f"{where}, {stage}") for stage in STAGES}
    for stage in STAGES:
        if not layers[stage] and stage != OPTIONAL:
            raise InputError(f"{where}: {stage} must be tables of at least one layer, [[{stage}]]")
    try:
        return read_fields(Network, sizes, where, **layers)
    except InputError as error:
        raise error if str(error).startswith(where) else InputError(f"{where}: {error}") from None


def _layers(tables, where: str) -> tuple[Layer, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{where}: must be tables, one a layer, not {tables!r}")
    return tuple(_layer(dict(table), f"{where}, layer {index + 1}") for index, table in enumerate(tables))


def _layer(table: dict, where: str) -> Layer:
    kind = table.pop("kind", None)
    if not isinstance(kind, str) or kind not in LAYERS:
        raise InputError(f"{where}: kind must be one of {', '.join(LAYERS)}, not {kind!r}")
    return read_fields(LAYERS[kind], table, f"{where} ({kind})")


def network_toml(network: Network) -> str:
    """The TOML file of a network: :func:`network_of` gives an equal one back."""
    kinds = {layer: kind for kind, layer in LAYERS.items()}
    lines = toml_lines(network)
    for stage in STAGES:
        for layer in getattr(network, stage):
            lines += ["", f"[[{stage}]]", f'kind = "{kinds[type(layer)]}"', *toml_lines(layer)]
    return "\n".join(lines) + "\n"
