"""Accesses to the registers of a block, by a map's names."""

from siammixer.arch.register_map import ADDRESS_BITS, WIDTH, RegisterMap

ALL = (1 << WIDTH) - 1


class RegisterBench:
    """The bus side of a block that executes accesses.

    Parameters
    ----------
    registers
        The block, with the streams ``i`` and ``o``.
    map_
        Its registers.
    """

    def __init__(self, registers, map_: RegisterMap):
        self.registers, self.map = registers, map_

    async def access(self, ctx, *, write, address, data=0, whole=1):
        """Executes an access; (data, error)."""
        i, o = self.registers.i, self.registers.o
        ctx.set(i.payload, {"write": write, "address": address, "data": data, "whole": whole})
        ctx.set(i.valid, 1)
        while not (await ctx.tick().sample(i.ready))[2]:
            pass
        ctx.set(i.valid, 0)
        ctx.set(o.ready, 1)
        while True:
            _, _, valid, answer = await ctx.tick().sample(o.valid, o.payload)
            if valid:
                ctx.set(o.ready, 0)
                return answer.data, answer.error

    async def read(self, ctx, name, field=None):
        """Reads a register, or a field of it; the value."""
        register = self.map.find(name)
        data, error = await self.access(ctx, write=0, address=register.address)
        assert not error, name
        if field is None:
            return data
        chosen = register.field(field)
        return (data & chosen.mask) >> chosen.lowest

    async def write(self, ctx, name, data):
        """Writes a register; the error."""
        answer = await self.access(ctx, write=1, address=self.map.find(name).address, data=data & ALL)
        assert answer[0] == 0
        return answer[1]

    async def check_refusals(self, ctx, addresses):
        """Checks these addresses and the page's last: what is no register is refused, and what a register
        does not allow, also a write in part.
        """
        known = {register.address: register for register in self.map.registers}
        for address in [*addresses, (1 << ADDRESS_BITS) - 4]:
            register = known.get(address)
            for write in (0, 1):
                right = register and (register.writable if write else register.readable)
                answer = await self.access(ctx, write=write, address=address)
                assert answer[1] == (not right), (address, write)
                if register and write:
                    assert (await self.access(ctx, write=1, address=address, whole=0))[1], address
