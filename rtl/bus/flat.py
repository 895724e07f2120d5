"""The core alone, with names of ports that are names in VHDL too: no records, no double underscores."""

from amaranth.hdl import Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import Port, ports, trace_bytes_of
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.technology.technology import GENERIC, Technology


def trace_members(accelerator: Accelerator) -> dict[str, Member]:
    """The members ``step_done`` and ``trace_...``, by name: every write into the feature-map memory, for
    verification.
    """
    return {
        port.signal: _member(port) for port in ports(trace_bytes_of(accelerator.lanes)) if port.verification
    }


def connect_trace(m: Module, component: wiring.Component, core: SiamMixer) -> None:
    """Connects the members of :func:`trace_members` of a component to those of its core."""
    for name in component.signature.members:
        if name.startswith("trace_") or name == "step_done":
            path = name.split("_", 1) if name.startswith("trace_") else [name]
            m.d.comb += Value.cast(getattr(component, name)).eq(Value.cast(_at(core, path)))


class FlatSiamMixer(wiring.Component):
    """The core with flat ports: :func:`siammixer.arch.interface.ports`, each by its ``signal`` name.

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that multipliers and memories are built of.
    trace
        Whether there are the ports of :func:`trace_members`.
    """

    def __init__(self, accelerator: Accelerator, technology: Technology = GENERIC, *, trace: bool = False):
        self._accelerator, self._technology, self._traced = accelerator, technology, trace
        self._ports = [port for port in ports(trace_bytes_of(accelerator.lanes)) if not port.verification]
        members = {port.signal: _member(port) for port in self._ports}
        super().__init__(members | (trace_members(accelerator) if trace else {}))

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = SiamMixer(self._accelerator, self._technology, trace=self._traced)
        for port in self._ports:
            ours = Value.cast(getattr(self, port.signal))
            theirs = Value.cast(_at(core.host if port.host else core, port.name.split(".")))
            m.d.comb += theirs.eq(ours) if port.direction == "in" else ours.eq(theirs)
        if self._traced:
            connect_trace(m, self, core)
        return m


def _member(port: Port) -> Member:
    """A port as a member; a signed one is given as its bits."""
    return (In if port.direction == "in" else Out)(port.bits)


def _at(place: object, path: list[str]) -> object:
    for name in path:
        place = getattr(place, name)
    return place
