"""``--network`` names a network of the catalogue, or one of the user's own in a file."""

from __future__ import annotations

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.described import is_file_name, load_python
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.network_file import read_network

DEFAULT_NETWORK = "siammixer"
OWN_NETWORK = "FILE.toml or FILE.py:NAME"


def open_network(text: str) -> Network:
    """The network that a text names.

    Parameters
    ----------
    text
        A name of the catalogue, ``FILE.toml`` (:mod:`siammixer.ir.network_file`), or ``FILE.py:NAME``, a
        Python file, which is executed, and the name of a :class:`siammixer.ir.network.Network` in it.

    Raises
    ------
    InputError
        If there is no such network, or the file does not describe one.
    """
    if text in NETWORKS:
        return NETWORKS[text]
    if not is_file_name(text):
        raise InputError(f"unknown network {text!r}; known: {', '.join(NETWORKS)}, or {OWN_NETWORK}")
    network = read_network(text) if text.endswith(".toml") else load_python(text, Network)
    if network.name in NETWORKS and network != NETWORKS[network.name]:
        raise InputError(
            f"{text}: name must not be {network.name}, which is another network of the catalogue"
        )
    return network
