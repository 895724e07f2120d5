"""Writes equal modules of generated Verilog once.

Amaranth gives every instance a module of its own, with numbers in its names that differ from
instance to instance. Sixteen lanes are then sixteen texts, which simulators compile, and processors
fetch, sixteen times. Here modules that are equal but for such numbers become one.
"""

from __future__ import annotations

import re
from functools import partial

_MODULE = re.compile(r"^module (\S+) ?\((.*?)\);\n(.*?)^endmodule\n", re.MULTILINE | re.DOTALL)
_INSTANCE = re.compile(r"^  (\\\S+) +(\S+) \(\n(.*?)^  \);\n", re.MULTILINE | re.DOTALL)
_PORT = re.compile(r"\\port\$\d+\$\d+")
_NUMBERED = (
    re.compile(r"\\\$auto\$verilog_backend\.cc:\d+:dump_module\$\d+"),
    re.compile(r"\binitial_\d+\b"),
)


def share_modules(verilog: str) -> str:
    """The same design with every distinct module once, named after its first instance.

    Parameters
    ----------
    verilog
        As amaranth.back.verilog writes it: the top module first, then depth first, one
        instance's ports a line.
    """
    modules = {match[1]: match for match in _MODULE.finditer(verilog)}
    ports: dict[str, dict[str, str]] = {}  # by module: its anonymous ports' new names
    names: dict[str, str] = {}  # by module: the one that stands for it
    known: dict[str, str] = {}  # by text: the first module of it
    texts: dict[str, str] = {}
    for name in sorted(modules, key=lambda name: -name.count(".")):
        _, header, body = modules[name].groups()
        ports[name] = {
            port: rf"\port${index}" for index, port in enumerate(dict.fromkeys(_PORT.findall(header)))
        }
        body = _INSTANCE.sub(lambda match: _instance(match, names, ports), body)
        text = f"({_rename(header, ports[name])});\n{_plain(_rename(body, ports[name]))}"
        names[name] = known.setdefault(text, name)
        texts[name] = text
    lead = verilog[: next(iter(modules.values())).start()]
    return lead + "\n".join(
        f"module {name} {texts[name]}endmodule\n" for name in modules if names[name] == name
    )


def _instance(match: re.Match, names: dict[str, str], ports: dict[str, dict[str, str]]) -> str:
    """An instance with its module's shared name and the new names of that module's ports."""
    module, instance, connections = match.groups()
    if module not in names:
        return match[0]
    renamed = re.sub(
        r"^    \.(\\port\S+) ",
        lambda port: f"    .{ports[module].get(port[1], port[1])} ",
        connections,
        flags=re.MULTILINE,
    )
    return f"  {names[module]} {instance} (\n{renamed}  );\n"


def _rename(text: str, table: dict[str, str]) -> str:
    return _PORT.sub(lambda match: table.get(match[0], match[0]), text)


def _numbered(order: dict[str, int], match: re.Match[str]) -> str:
    return re.sub(r"\d+$", str(order[match[0]]), match[0])


def _plain(text: str) -> str:
    """Names that yosys numbers through the whole design, numbered through the module instead."""
    for pattern in _NUMBERED:
        order = {name: index for index, name in enumerate(dict.fromkeys(pattern.findall(text)))}
        text = pattern.sub(partial(_numbered, order), text)
    return text
