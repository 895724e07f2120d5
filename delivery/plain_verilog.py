"""Generated Verilog with plain names: no escapes, and every module begins with the bundle's prefix.

yosys escapes what it names itself, ``\\$12`` or ``\\top.core.lanes``. Tools read that, but scripts, other
languages and people stumble over it, and two exported cores would share their modules' names. Here the text
is read word by word, and every name is exchanged for a legal one of :mod:`siammixer.delivery.names`; nothing
else changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, count

from siammixer.delivery.names import VERILOG_WORDS, distinct
from siammixer.ir.errors import InputError

_WORD = re.compile(
    r"""(?P<skip>/\*.*?\*/|//[^\n]*|"[^"\n]*"|\(\*.*?\*\)(?!\s*begin)|\$\w+|\d*'[sS]?[bodhBODH][0-9a-fA-FxXzZ?_]+|\d\w*)
    |\\(?P<escaped>\S+)[ \n]
    |(?P<name>[A-Za-z_][A-Za-z0-9_$]*)""",
    re.VERBOSE | re.DOTALL,
)
_MODULE = re.compile(r"^module (\S+) ?\((.*?)\);\n(.*?)^endmodule\n", re.MULTILINE | re.DOTALL)
_INSTANCE = re.compile(r"^  (?P<module>\\?\S+) +(?P<name>\\?\S+) +\(\n(?P<ports>.*?)^  \);\n", re.M | re.S)
_PORT = re.compile(r"^    \.(\\\S+ |[^\s(]+)(?= ?\()", re.MULTILINE)
# The loop that fills a memory in the beginning: its counter would hide a signal of that name.
_LOOP = re.compile(
    r"^    integer i;\n    for \(i = 0; i < (\d+); i = i \+ 1\)\n      (\S+ ?)\[i\] = ", re.MULTILINE
)
# yosys's switch that makes a simulator run a block once in the beginning.
_GUARD = re.compile(r"^\$auto\$verilog_backend\.cc:\d+:dump_module\$(\d+)$")


def plain_verilog(text: str, top: str, prefix: str) -> str:
    """The same design with plain names.

    Parameters
    ----------
    text
        As :func:`siammixer.sim.verilog.verilog` writes it.
    top
        Its top module, which is named as the prefix alone.
    prefix
        A legal name. A module ``top.a.b`` becomes ``prefix_a_b``.

    Raises
    ------
    InputError
        The text has a module that is not of ``top``.
    """
    text = _MODULE.sub(lambda match: _with_counters(match[0]), text)
    found = list(_MODULE.finditer(text))
    modules = _module_names([_bare(match[1]) for match in found], top, prefix)
    tables = {_bare(match[1]): _names_of(match[0]) for match in found}
    lead = text[: found[0].start()]
    bodies = [_renamed(match[0], tables[_bare(match[1])], modules, tables) for match in found]
    return lead + "\n".join(bodies)


def _with_counters(module: str) -> str:
    """The module, its loops' counters called as no signal of it is."""
    used = {name for _, name in _words(module)}
    names = chain(["place"], (f"place_{number}" for number in count(2)))
    counter = next(name for name in names if name not in used)
    return _LOOP.sub(
        f"    integer {counter};\n    for ({counter} = 0; {counter} < \\1; {counter} = {counter} + 1)\n"
        f"      \\2[{counter}] = ",
        module,
    )


def _module_names(names: list[str], top: str, prefix: str) -> dict[str, str]:
    for name in names:
        if name != top and not name.startswith(f"{top}."):
            raise InputError(f"module {name} must be a part of {top}")
    ours = {name: prefix + name.removeprefix(top) for name in names}
    legal = distinct(ours.values())
    return {name: legal[ours[name]] for name in names}


def _bare(name: str) -> str:
    return name.removeprefix("\\")


def _words(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The names in a text, without keywords, and each as its match."""
    for match in _WORD.finditer(text):
        if match["escaped"] is not None:
            yield match, match["escaped"]
        elif match["name"] is not None and match["name"] not in VERILOG_WORDS:
            yield match, match["name"]


def _names_of(module: str) -> dict[str, str]:
    """The new name of every name that the module declares or uses, but for those of other modules."""
    body = _INSTANCE.sub(lambda match: _PORT.sub("", f"{match['name']} \n{match['ports']}"), module)
    body = re.sub(r"^module \S+ ?", "", body)
    wanted = {name: name for _, name in _words(body)}
    instances = {_bare(match["name"]) for match in _INSTANCE.finditer(module)}
    # An instance may not be called like a port of its module, or it would be hidden there.
    wanted |= {name: f"u_{name}" for name in wanted if name in instances and f"u_{name}" not in wanted}
    shorter = {name: _GUARD.sub(r"once_\1", name) for name in wanted if _GUARD.match(name)}
    wanted |= {name: short for name, short in shorter.items() if short not in wanted}
    legal = distinct(wanted.values())
    return {name: legal[want] for name, want in wanted.items()}


def _renamed(
    module: str, names: dict[str, str], modules: dict[str, str], tables: dict[str, dict[str, str]]
) -> str:
    """The text of a module, all of its names exchanged."""

    def instance(match: re.Match[str]) -> str:
        child = _bare(match["module"])
        ports = tables.get(child)
        if ports is None:
            raise InputError(f"module {child} must be among those written")
        lines = []
        for line in match["ports"].splitlines():
            port = _PORT.match(line)
            if port is None:
                raise InputError(f"an instance of {child} must have one port a line, not {line.strip()!r}")
            theirs = ports[_bare(port[1].strip())]
            lines.append(f"    .{theirs}{_exchange(line[port.end() :], names)}\n")
        own = names[_bare(match["name"])]
        return f"  {modules[child]} {own} (\n{''.join(lines)}  );\n"

    pieces, place = [], 0
    for match in _INSTANCE.finditer(module):
        pieces += [_exchange_body(module[place : match.start()], names, modules), instance(match)]
        place = match.end()
    pieces.append(_exchange_body(module[place:], names, modules))
    return "".join(pieces)


def _exchange_body(text: str, names: dict[str, str], modules: dict[str, str]) -> str:
    head = re.match(r"module (\S+) ?", text)
    if head is None:
        return _exchange(text, names)
    return f"module {modules[_bare(head[1])]} {_exchange(text[head.end() :], names)}"


def _exchange(text: str, names: dict[str, str]) -> str:
    pieces, place = [], 0
    for match, name in _words(text):
        # The space that ends an escaped name is its own.
        pieces += [text[place : match.start()], names[name]]
        place = match.end() - (match[0][-1] == "\n")
    pieces.append(text[place:])
    return "".join(pieces)
