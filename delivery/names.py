"""Names that Verilog-2001, SystemVerilog and VHDL all allow without an escape."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from siammixer.ir.errors import InputError

PREFIX = "siammixer"
"""Default prefix of all that a core's bundle defines."""

TRACKER_PREFIX = "siammixer_tracker"
"""That of a tracker's bundle."""

Core = Literal["network", "tracker"]

CORES: tuple[Core, ...] = ("network", "tracker")
"""What a bundle holds: the core that computes the network, or the whole tracker around it. The first is the
default.
"""

LONGEST_PREFIX = 40

Bus = Literal["axi", "stream"]

BUSES: tuple[Bus, ...] = ("axi", "stream")
"""How an exported core can be reached: behind AXI, or by its own ports. The first is the default."""

_VERILOG = """
accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind
bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config
const constraint context continue cover covergroup coverpoint cross deassign default defparam design disable
dist do edge else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup
endinterface endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask
enum event eventually expect export extends extern final first_match for force foreach forever fork forkjoin
function generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import
incdir include initial inout input inside instance int integer interconnect interface intersect join join_any
join_none large let liblist library local localparam logic longint macromodule matches medium modport module
nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed
parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup
pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg
reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime
s_until s_until_with scalared sequence shortint shortreal showcancelled signed small soft solve specify
specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on
table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior
trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var vectored virtual void
wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
"""

_VHDL = """
abs access after alias all and architecture array assert assume assume_guarantee attribute begin block body
buffer bus case component configuration constant context cover default disconnect downto else elsif end entity
exit fairness file for force function generate generic group guarded if impure in inertial inout is label
library linkage literal loop map mod nand new next nor not null of on open or others out package parameter
port postponed procedure process property protected private pure range record register reject release rem
report restrict restrict_guarantee return rol ror select sequence severity shared signal sla sll sra srl
strong subtype then to transport type unaffected units until use variable view vmode vprop vunit wait when
while with xnor xor
"""

VERILOG_WORDS = frozenset(_VERILOG.split())
"""Reserved words of Verilog and SystemVerilog (IEEE 1800-2017)."""

RESERVED = VERILOG_WORDS | frozenset(_VHDL.split())
"""Those, and VHDL's (IEEE 1076-2019)."""


def is_legal(name: str) -> bool:
    """Whether it is a name in Verilog and VHDL: a letter, then letters, digits and single underscores, no
    underscore at its end, no reserved word.
    """
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name)
    return plain is not None and name.lower() not in RESERVED


def check_prefix(prefix: str) -> str:
    """The prefix, in which every name of a bundle begins.

    Raises
    ------
    InputError
        It is no name in Verilog and VHDL, or too long for file names.
    """
    if not is_legal(prefix) or len(prefix) > LONGEST_PREFIX:
        raise InputError(
            f"the prefix must be a letter, then letters, digits and single underscores, {LONGEST_PREFIX} "
            f"characters at most, and no reserved word of Verilog or VHDL, not {prefix!r}"
        )
    return prefix


def legal(name: str) -> str:
    """A legal name that is like the given one; two different ones may give the same."""
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", name)).strip("_")
    if not plain[:1].isalpha():
        plain = f"n{plain}"
    return plain


def distinct(names: Iterable[str]) -> dict[str, str]:
    """A legal name for each of the names, all different also where case does not count.

    A name that is legal is kept. The same names in the same order give the same result.
    """
    wanted = list(dict.fromkeys(names))
    chosen = {name: name for name in wanted if is_legal(name)}
    taken = {name.lower() for name in chosen}
    for name in wanted:
        if name not in chosen:
            base = candidate = legal(name)
            number = 1
            while candidate.lower() in taken or not is_legal(candidate):
                number += 1
                candidate = f"{base}_{number}"
            taken.add(candidate.lower())
            chosen[name] = candidate
    return chosen
