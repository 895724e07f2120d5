"""The first box, judged before it is tracked."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import BoxFault
from siammixer.arch.tracker import CENTRE_BITS, TrackerDesign
from siammixer.rtl.tracker.tracker_loop import ports

BOX_FAULT_BITS = max(BoxFault).bit_length()


class FirstBox(wiring.Component):
    """Says whether a target can be followed from its box in a frame of a size, as
    :meth:`siammixer.tracking.box.Box.check` does, and within the bounds of the design.

    ``fault`` belongs to the inputs of the cycle before.

    Parameters
    ----------
    design
        Bounds and sizes.

    Members
    -------
    image_width : In(ports(design)[0]["image_width"])
        Pixels of a row of the frames, any number.
    image_height : In(ports(design)[0]["image_height"])
        Rows of the frames, any number.
    first_x : In(ports(design)[0]["first_x"])
        Middle of the box in 1/256 pixel from the frame's left edge.
    first_y : In(ports(design)[0]["first_y"])
        Likewise from its upper edge.
    first_width : In(ports(design)[0]["first_width"])
        Width of the box in 1/256 pixel.
    first_height : In(ports(design)[0]["first_height"])
        Its height.
    fault : Out(BOX_FAULT_BITS)
        A :class:`siammixer.arch.fabric.BoxFault`.
    """

    LATENCY = 1

    def __init__(self, design: TrackerDesign):
        self._design = design
        shapes: dict[str, Shape] = ports(design)[0]
        super().__init__({name: In(shape) for name, shape in shapes.items()} | {"fault": Out(BOX_FAULT_BITS)})

    def elaborate(self, platform):
        m = Module()
        design = self._design
        axes = (
            (self.image_width, design.frame_width, self.first_x, self.first_width),
            (self.image_height, design.frame_height, self.first_y, self.first_height),
        )
        # Each is wrong along an axis: the bits of the axes.
        bad_frame, empty, large, outside = (
            Signal(len(axes), name=name) for name in ("bad_frame", "empty", "large", "outside")
        )
        for axis, (side, largest, middle, extent) in enumerate(axes):
            # Edges are twice as far from the image's edge as they are: the middle may lie on half a unit.
            before, behind = (middle << 1) - extent, (middle << 1) + extent
            m.d.comb += [
                bad_frame[axis].eq((side == 0) | (side > largest)),
                empty[axis].eq(extent == 0),
                large[axis].eq(extent > largest << CENTRE_BITS),
                outside[axis].eq((behind <= 0) | (before >= side << (CENTRE_BITS + 1))),
            ]
        m.d.sync += self.fault.eq(BoxFault.NONE)
        # The last one that holds counts.
        for wrong, fault in (
            (outside, BoxFault.OUTSIDE),
            (large, BoxFault.LARGE),
            (empty, BoxFault.EMPTY),
            (bad_frame, BoxFault.FRAME_SIZE),
        ):
            with m.If(wrong.any()):
                m.d.sync += self.fault.eq(fault)
        return m
