"""The faults: at least one in each block, of the kinds that such a block suffers."""

from __future__ import annotations

from siammixer.verify.mutation.mutation import Mutation


def _faults(file: str, tests: str, *faults: tuple[str, str, str, str]) -> list[Mutation]:
    """Faults (name, old, new, which test) of one source and its file of tests; "" means all of the file."""
    return [
        Mutation(name=name, file=file, old=old, new=new, tests=(f"{tests}::{test}" if test else tests,))
        for name, old, new, test in faults
    ]


_GOLDEN = [
    *_faults(
        "golden/requantise.py",
        "tests/golden/test_requantise.py",
        ("golden: ties go up", "+ ((product >> shift) & 1)) >> shift", "+ 1) >> shift", ""),
        (
            "golden: float ties go up",
            "np.rint(result, out=result)",
            "np.floor(result + np.float32(0.5), out=result)",
            "",
        ),
        ("golden: the bound of relu is -1", "return 0 if relu else", "return -1 if relu else", ""),
    ),
    *_faults(
        "golden/accumulator.py",
        "tests/golden/test_accumulator.py",
        ("golden: float32 used a bit too far", "_EXACT_FLOAT32 = 2**24", "_EXACT_FLOAT32 = 2**25", ""),
        (
            "golden: the correlation's bound forgets -128",
            "return reduction * numerics.ACTIVATION_MIN**2",
            "return reduction * numerics.ACTIVATION_MAX**2",
            "",
        ),
    ),
    *_faults(
        "golden/operators/convolution.py",
        "tests/golden/test_operators.py",
        (
            "golden: convolution kernel transposed",
            "windows.transpose(3, 4, 2, 0, 1)",
            "windows.transpose(4, 3, 2, 0, 1)",
            "",
        ),
    ),
    *_faults(
        "golden/operators/depthwise.py",
        "tests/golden/test_operators.py",
        ("golden: depthwise bias lost", "result += np.tile(bias.astype(exact), width)", "pass", ""),
    ),
    *_faults(
        "golden/operators/depthwise_correlation.py",
        "tests/system/test_head.py",
        (
            "golden: the template's rows taken for its columns",
            "template.transpose(2, 0, 1)",
            "template.transpose(2, 1, 0)",
            "test_it_is_the_response_before_its_sum_over_channels",
        ),
    ),
    *_faults(
        "golden/operators/centre_pointwise.py",
        "tests/golden/test_definition.py",
        (
            "golden: the embedding's corner beside the correlation",
            "centre(x, height, width).reshape",
            "x[:height, :width].reshape",
            "test_every_tensor_is_the_definitions[tiny-random 21]",
        ),
    ),
    *_faults(
        "golden/operators/readout.py",
        "tests/golden/test_definition.py",
        (
            "golden: the read-out loses the sign",
            "inputs[0].astype(np.int32)",
            "inputs[0].view(np.uint8).astype(np.int32)",
            "test_every_tensor_is_the_definitions[tiny-random 21]",
        ),
    ),
    *_faults(
        "golden/response.py",
        "tests/golden/test_response.py",
        (
            "golden: the last of equal peaks",
            "int(np.argmax(words))",
            "words.size - 1 - int(np.argmax(words[::-1]))",
            "",
        ),
        ("golden: the channels of a cell side by side", ".transpose(2, 0, 1)", "", ""),
    ),
    *_faults(
        "golden/operators/template.py",
        "tests/golden/test_definition.py",
        (
            "golden: the template cut from the corner",
            "return centre(inputs[0], *operator.out_shape[:2]).copy()",
            "return inputs[0][: operator.out_shape[0], : operator.out_shape[1]].copy()",
            "",
        ),
    ),
    *_faults(
        "golden/difference.py",
        "tests/golden/test_difference.py",
        ("golden: the last difference is named", "int(wrong[0])", "int(wrong[-1])", ""),
    ),
    *_faults(
        "golden/operators/residual.py",
        "tests/golden/test_operators.py",
        ("golden: residual shifted as the branch", "(x << shifts.left_x)", "(x << shifts.left_y)", ""),
        (
            "golden: residual off the centre",
            "x[top : top + height, left : left + width]",
            "x[top : top + height, : width]",
            "",
        ),
    ),
    *_faults(
        "golden/operators/correlation.py",
        "tests/golden/test_operators.py",
        (
            "golden: correlation turned",
            "row : row + rows, column : column + columns, row, column]",
            "row : row + rows, column : column + columns, column, row]",
            "",
        ),
    ),
    *_faults(
        "golden/operators/token.py",
        "tests/golden/test_operators.py",
        ("golden: tokens not put back", "np.ascontiguousarray(y.T)", "np.ascontiguousarray(y)", ""),
    ),
    *_faults(
        "golden/engine.py",
        "tests/golden/test_engine.py",
        (
            "golden: the first template stays",
            "self._template = run(",
            "self._template = self._template if self._template is not None else run(",
            "",
        ),
    ),
    *_faults(
        "golden/network.py",
        "tests/golden/test_network.py",
        ("golden: pixels not centred", "(image ^ 0x80)", "image", "test_pixels_are_centred"),
    ),
    *_faults(
        "golden/operators/pointwise.py",
        "tests/golden/test_operators.py",
        (
            "golden: rows and columns of pixels exchanged",
            "x.reshape(height * width, channels)",
            "x.swapaxes(0, 1).reshape(height * width, channels)",
            "",
        ),
    ),
    *_faults(
        "golden/memory.py",
        "tests/golden/test_memory.py",
        (
            "golden: a growing map overwrites itself",
            "reversed(starts) if new > old else starts",
            "starts",
            "test_pointwise_layers_that_grow_and_shrink_the_map_in_place",
        ),
    ),
]

_ARITHMETIC = [
    *_faults(
        "rtl/primitives/rounding.py",
        "tests/rtl/primitives/test_rounding.py",
        ("rounding: ties to the odd", "| quotient[0])", "| ~quotient[0])", ""),
        ("rounding: past the upper bound", "(up & (clamped != 127))", "up", ""),
        ("rounding: lower bound -127", "Mux(value[-1], low, high)", "Mux(value[-1], low + 1, high)", ""),
    ),
    *_faults(
        "rtl/datapath/requantise.py",
        "tests/rtl/datapath/test_requantise.py",
        (
            "requantise: multipliers have a sign",
            "Cat(multiplier, Const(0, 1)).as_signed()",
            "multiplier.as_signed()",
            "",
        ),
        (
            "requantise: cut instead of saturated",
            "saturate(self.i, numerics.REQUANTISE_INPUT_BITS)",
            "self.i[: numerics.REQUANTISE_INPUT_BITS].as_signed()",
            "",
        ),
        (
            "requantise: rounds a cycle early",
            "enables=valid[Multiplier.LATENCY :]",
            "enables=valid[Multiplier.LATENCY - 1 :]",
            "",
        ),
    ),
    *_faults(
        "rtl/primitives/multiplier.py",
        "tests/rtl/primitives/test_multiplier.py",
        (
            "multiplier: a register missing",
            "m.d.comb += self.p.eq(product)",
            "m.d.comb += self.p.eq(middle)",
            "test_described_in_amaranth",
        ),
        (
            "multiplier: bytes without sign",
            "return word.word_select(index, 8).as_signed()",
            "return word.word_select(index, 8)",
            "test_row",
        ),
        (
            "multiplier: sign of the logic lost",
            "Mux(self.b[-1], -self.a, 0)",
            "Mux(self.b[-1], self.a, 0)",
            "test_described_in_amaranth",
        ),
    ),
    *_faults(
        "rtl/technology/ecp5.py",
        "tests/rtl/primitives/test_multiplier.py",
        (
            "technology: operands at the bottom of the DSP block's ports",
            "a.eq(Cat(Const(0, a_pad), self.a))",
            "a.eq(self.a)",
            "test_both_technologies_agree",
        ),
    ),
    *_faults(
        "rtl/technology/technology.py",
        "tests/rtl/test_elaborate.py",
        (
            "technology: a DSP block too many",
            "multipliers >= self.dsp_blocks",
            "multipliers > self.dsp_blocks",
            "test_requantisers_without_a_dsp_block_are_of_logic",
        ),
    ),
    *_faults(
        "rtl/datapath/residual.py",
        "tests/rtl/datapath/test_residual.py",
        ("residual: coarse shift of two a step", "(shifts.right[2:] << 2)", "(shifts.right[2:] << 1)", ""),
        (
            "residual: a bit of the fraction lost",
            "fraction = numerics.ALIGN_RIGHT_MAX",
            "fraction = numerics.ALIGN_RIGHT_MAX - 1",
            "",
        ),
        ("residual: branch shifted as the residual", "y << shifts.left_y", "y << shifts.left_x", ""),
        (
            "residual: nothing is not zero",
            "Mux(no, 0, word.word_select(lane, 8))",
            "word.word_select(lane, 8)",
            "test_one_of_the_words_or_none",
        ),
    ),
    *_faults(
        "rtl/datapath/response.py",
        "tests/rtl/datapath/test_response.py",
        (
            "response: the last of equal peaks",
            "above_peak.eq(coming > self.peak_value)",
            "above_peak.eq(coming >= self.peak_value)",
            "",
        ),
        (
            "response: the second of two equal peaks",
            "above_candidate.eq(coming > candidate)",
            "above_candidate.eq(coming >= candidate)",
            "",
        ),
        (
            "response: a peak is not compared with the cell before it",
            "Mux(won, above_candidate, above_peak)",
            "above_peak",
            "",
        ),
        ("response: a cell adds to the frame before", "Mux(first, 0, old) + value", "old + value", ""),
        (
            "response: a peak must be positive",
            "(~found | Mux(won, above_candidate, above_peak))",
            "Mux(won, above_candidate, above_peak)",
            "",
        ),
        (
            "response: the cell of the cycle before",
            'cells.read_data.as_signed(), 1, "old"',
            'cells.read_data.as_signed(), 2, "old"',
            "",
        ),
        (
            "response: the peak's place is the next cell's",
            "peak_position.eq(place)",
            "peak_position.eq(coming_place)",
            "",
        ),
        ("response: an unfinished cell is a peak", "complete.eq(add & last)", "complete.eq(add)", ""),
        (
            "response: the peak of the frame before stays",
            "m.d.sync += found.eq(0)",
            "m.d.sync += found.eq(found)",
            "",
        ),
    ),
]

_LANES = [
    *_faults(
        "rtl/datapath/window.py",
        "tests/rtl/datapath/test_window.py",
        (
            "window: line buffers read a column late",
            "read.addr.eq(self.column[:address_bits])",
            "read.addr.eq(column[:address_bits])",
            "",
        ),
        ("window: taps mirrored", "word_select(4 - column, 8)", "word_select(column, 8)", ""),
    ),
    *_faults(
        "rtl/datapath/lane.py",
        "tests/rtl/datapath/test_lane.py",
        (
            "lane: a word of the map instead of the result",
            "Mux(self.control_i.fused, self.result, self.activation)",
            "self.activation",
            "test_results_become_a_window",
        ),
        (
            "lane: the accumulator forgets its bias",
            "Mux(at_sum.first, r.bias, r.accumulator)",
            "Mux(at_sum.first, 0, r.accumulator)",
            "",
        ),
        (
            "lane: the accumulator begins with the last",
            "Mux(at_sum.first, r.bias, r.accumulator)",
            "Mux(at_sum.last, r.bias, r.accumulator)",
            "",
        ),
        (
            "lane: the accumulator a bit too narrow",
            "self.accumulator = Signal(signed(a.accumulator_bits)",
            "self.accumulator = Signal(signed(a.accumulator_bits - 1)",
            "test_bias_and_accumulator_have_all_their_bits",
        ),
        (
            "lane: the bias two bits too narrow",
            "self.bias = Signal(signed(a.accumulator_bits)",
            "self.bias = Signal(signed(a.accumulator_bits - 2)",
            "test_bias_and_accumulator_have_all_their_bits",
        ),
        (
            "lane: the sum of nine a bit too narrow",
            "self.total = Signal(signed(20)",
            "self.total = Signal(signed(18)",
            "",
        ),
        (
            "lane: the sum of three too narrow",
            "thirds = [Signal(signed(18)",
            "thirds = [Signal(signed(16)",
            "",
        ),
        (
            "lane: takes its neighbour's weights",
            "(self.write_i.enable & (self.write_i.lane == 0))",
            "self.write_i.enable",
            "",
        ),
        (
            "lane: centre of another tap",
            "(kernel // 2, kernel // 2)",
            "(kernel // 2 + 1, kernel // 2)",
            "test_the_centre_of_every_window",
        ),
        (
            "lane: the template before stays",
            "stored_word.eq(Mux(store.store, r.operand, self.write_i.data))",
            "stored_word.eq(self.write_i.data)",
            "test_windows_become_weights",
        ),
        (
            "lane: a constant written a cycle late",
            'delay(m, load.load, 1, "loaded")',
            'delay(m, load.load, 2, "loaded")',
            "",
        ),
        (
            "lane: weights a cycle early",
            "r.control_at(self.OPERAND - BlockRam.LATENCY).weight",
            "r.control_at(self.OPERAND - BlockRam.LATENCY - 1).weight",
            "",
        ),
    ),
    *_faults(
        "rtl/datapath/lane_array.py",
        "tests/rtl/datapath/test_lane_array.py",
        (
            "array: a neighbour's channel",
            "self.activations.word_select(index, 8)",
            "self.activations.word_select(index ^ 1, 8)",
            "",
        ),
        (
            "array: the chain leaves out a lane",
            "chain = lane.control_o, lane.broadcast_o, lane.write_o, lane.chain_o",
            "chain = lane.control_o, lane.broadcast_o, lane.write_o, lane.chain_i",
            "",
        ),
    ),
    *_faults(
        "rtl/primitives/skew.py",
        "tests/rtl/primitives/test_skew.py",
        ("skew: a cycle too few", "Signal(8 * cycles, name", "Signal(8 * max(cycles - 1, 1), name", ""),
    ),
    *_faults(
        "rtl/datapath/gearbox.py",
        "tests/rtl/datapath/test_gearbox.py",
        ("gearbox: groups a channel early", "self._lanes - TAPS + 1) :]", "self._lanes - TAPS) :]", ""),
        ("gearbox: advances in every cycle", "with m.If(self.advance):", "with m.If(1):", ""),
        ("gearbox: the rest of a move is lost", "group.eq(near >> (fine << 3))", "group.eq(near)", ""),
    ),
]

_MEMORIES = [
    *_faults(
        "rtl/datapath/feature_maps.py",
        "tests/rtl/datapath/test_feature_maps.py",
        ("memory: a bank chosen a cycle early", "1 + BlockRam.LATENCY, f", "BlockRam.LATENCY, f", ""),
        ("memory: every bank is written", "enable & _within(address, index, words)", "enable", ""),
    ),
    *_faults(
        "rtl/technology/asic.py",
        "tests/rtl/technology/test_asic.py",
        (
            "asic: one port reads where it writes",
            "address = Mux(self.write_enable, self.write_address, self.read_address)",
            "address = Mux(self.write_enable, self.read_address, self.write_address)",
            "",
        ),
        (
            "asic: all parts of a word hold its first bits",
            "self.write_data[start : start + part]",
            "self.write_data[:part]",
            "",
        ),
    ),
    *_faults(
        "rtl/primitives/block_ram.py",
        "tests/rtl/primitives/test_block_ram.py",
        (
            "block RAM: the output register missing",
            "self.read_data.eq(output)",
            "self.read_data.eq(read.data)",
            "test_words_come_back",
        ),
        (
            "block RAM: always written",
            "write.en.eq(self.write_enable)",
            "write.en.eq(1)",
            "test_words_come_back",
        ),
    ),
    *_faults(
        "rtl/primitives/queue.py",
        "tests/rtl/primitives/test_queue.py",
        ("queue: one word too many", "self.level < self._depth)", "self.level <= self._depth)", ""),
        (
            "queue: goes round at a power of two",
            "Mux(position == self._depth - 1, 0, position + 1)",
            "position + 1",
            "",
        ),
        (
            "queue: offers a word that was taken",
            "Mux(take, self.level > 1, self.level > 0)",
            "(self.level > 0)",
            "",
        ),
        ("queue: clear forgets the positions only", "[self.level.eq(0), ", "[", ""),
    ),
    *_faults(
        "rtl/datapath/residual_queue.py",
        "tests/rtl/datapath/test_residual_queue.py",
        (
            "residual queue: the other word",
            "Mux(centre, middle, activation)",
            "Mux(centre, activation, middle)",
            "",
        ),
        (
            "residual queue: clear forgets half",
            "[write_position.eq(0), read_position.eq(0)]",
            "[write_position.eq(0)]",
            "",
        ),
        ("residual queue: a lane too early", 'delay(m, places, 1, f"places_{lane}")', "places", ""),
    ),
    *_faults(
        "rtl/datapath/transposer.py",
        "tests/rtl/datapath/test_transposer.py",
        ("transposer: turns a block too late", "Mux(self.turn, b, a)", "Mux(self.turn, a, b)", ""),
        ("transposer: moves without shift", "with m.If(self.shift):", "with m.If(1):", ""),
        ("transposer: gives the newest row", "Cat(cells[0]))", "Cat(cells[-1]))", ""),
    ),
    *_faults(
        "rtl/datapath/transposed.py",
        "tests/rtl/datapath/test_transposed.py",
        (
            "transposed: a word of padding written",
            "r.word < instruction.tail",
            "r.word <= instruction.tail",
            "",
        ),
        (
            "transposed: rows of blocks in the wrong place",
            "r.row_base + instruction.write_row",
            "r.row_base + instruction.write_pixel",
            "",
        ),
        ("transposed: writes before a block is in", "self.shifted & r.filled &", "self.shifted &", ""),
    ),
    *_faults(
        "rtl/datapath/pixel_windows.py",
        "tests/rtl/datapath/test_pixel_windows.py",
        ("pixels: not centred", "field ^ 0x80", "field", "test_windows"),
        (
            "pixels: windows a row early",
            "whole_row.eq((r.row >= 1)",
            "whole_row.eq((r.row >= 0)",
            "test_windows",
        ),
        ("pixels: windows in every column", "~(self.stride_2 & ~r.column[0])", "1", "test_windows"),
        (
            "pixels: the row before the tile counts",
            "(r.column, r.row, r.whole_column, r.whole_row)",
            "(r.column, r.row, r.whole_column)",
            "test_windows",
        ),
        (
            "pixels: a window without room",
            "room.eq(r.reserved < self._depth - 1)",
            "room.eq(r.reserved < self._depth + 1)",
            "test_windows_that_nobody_takes_stop_the_pixels",
        ),
        (
            "pixels: clear leaves windows on their way",
            "following.eq(complete & ~self.clear)",
            "following.eq(complete)",
            "test_clear_forgets_tile_and_windows",
        ),
        (
            "pixels: room for one window too many",
            "room.eq(r.reserved < self._depth - 1)",
            "room.eq(r.reserved < self._depth)",
            "test_windows_that_nobody_takes_stop_the_pixels",
        ),
        ("pixels: strided windows in every row", "~(self.stride_2 & ~r.row[0])", "1", "test_windows"),
        (
            "pixels: clear leaves windows that wait",
            "queue.clear.eq(self.clear)",
            "queue.clear.eq(0)",
            "test_clear_forgets_tile_and_windows",
        ),
        (
            "pixels: a late end goes unnoticed",
            "self.final & end_of_tile & ~self.i.payload.last",
            "0",
            "test_end_of_the_image",
        ),
        (
            "pixels: clear leaves room for fewer",
            "r.reserved.eq(0)",
            "r.reserved.eq(r.reserved)",
            "test_clear_forgets_tile_and_windows",
        ),
        (
            "pixels: an early end goes unnoticed",
            "self.i.payload.last & ~(self.final & end_of_tile)",
            "0",
            "test_end_of_the_image",
        ),
    ),
]

_CONTROL = [
    *_faults(
        "rtl/control/position_counters.py",
        "tests/rtl/control/test_address_generator.py",
        (
            "position counters: a 3 x 3 halo of one",
            "reach = Mux(instruction.kernel_5, 4, 2)",
            "reach = Mux(instruction.kernel_5, 4, 1)",
            "test_step",
        ),
        (
            "position counters: a block's end is a plane's",
            "now.next_plane.eq(now.next_row & now.last_row & self.planes)",
            "now.next_plane.eq(now.next_row & self.planes)",
            "test_step",
        ),
        (
            "position counters: a filler too many where there is one",
            "r.last_filler.eq(~now.last_block & r.limit.only_pad)",
            "r.last_filler.eq(0)",
            "test_step",
        ),
        (
            "position counters: a next position while none is there",
            "now.next_position.eq(now.go & now.last_slot)",
            "now.next_position.eq(now.last_slot)",
            "test_step",
        ),
        (
            "position counters: a next slot while none is there",
            "now.next_slot.eq(now.go & ~now.last_slot)",
            "now.next_slot.eq(~now.last_slot)",
            "test_a_missing_pixel_window_makes_it_wait",
        ),
        (
            "position counters: odd rows at stride 2",
            "~(r.limit.stride_2 & row[0])",
            "~(r.limit.stride_2 & ~row[0])",
            "test_step",
        ),
        (
            "position counters: work left after an abort",
            "r.filling.eq(0), self.position.eq(0)]",
            "r.filling.eq(0)]",
            "test_the_step_after_an_abort_is_whole",
        ),
        (
            "position counters: fillers left after an abort",
            "r.running.eq(0), r.filling.eq(0), self.position.eq(0)]",
            "r.running.eq(0), self.position.eq(0)]",
            "test_the_step_after_an_abort_among_fillers_is_whole",
        ),
        (
            "position counters: a filler too few",
            "instruction.pad + self._lanes)",
            "instruction.pad + self._lanes - 1)",
            "test_step",
        ),
        (
            "position counters: a window in the middle of a sum",
            "r.running & self.due & now.first_slot",
            "r.running & self.due",
            "test_step",
        ),
        (
            "position counters: constants of the first of two layers only",
            "(instruction.blocks << instruction.fused) - 1",
            "instruction.blocks - 1",
            "test_step",
        ),
        (
            "position counters: the last window is cut off",
            "Mux(instruction.fused, LANE_CYCLES, ",
            "Mux(instruction.fused, LANE_CYCLES - 1, ",
            "test_step",
        ),
        (
            "position counters: the stride of the layer before",
            "Mux(instruction.fused, instruction.fused_stride_2, instruction.stride_2)",
            "instruction.stride_2",
            "test_step",
        ),
    ),
    *_faults(
        "rtl/control/addresses.py",
        "tests/rtl/control/test_address_generator.py",
        (
            "address generator: a weight for a slot that only reads",
            "self.weight.eq(self.weight + at.multiplies)",
            "self.weight.eq(self.weight + 1)",
            "test_step",
        ),
        (
            "address generator: weights of the block before",
            "self.weight_block + instruction.macs",
            "self.weight_block",
            "test_step",
        ),
        (
            "address generator: results a row down",
            "decoded.every_row | at.full_row",
            "1",
            "test_step",
        ),
    ),
    *_faults(
        "rtl/control/decode.py",
        "tests/rtl/control/test_address_generator.py",
        (
            "address generator: patches on each other",
            "Mux(instruction.patch_output, patch_offset, 0)",
            "0",
            "test_patch_offset",
        ),
    ),
    *_faults(
        "rtl/control/address_generator.py",
        "tests/rtl/control/test_address_generator.py",
        (
            "address generator: residual of the first block",
            "addresses.residual_pixel + at.block",
            "addresses.residual_pixel",
            "test_step",
        ),
        (
            "address generator: a new word too early",
            "(addresses.end < TAPS)",
            "(addresses.end <= TAPS)",
            "test_step",
        ),
        (
            "address generator: the template is not stored",
            "lane.store.eq(at.multiplies & storing)",
            "lane.store.eq(0)",
            "test_step",
        ),
        (
            "address generator: alternate columns as if they were next to each other",
            "Mux(self._decoded.alternate, ALTERNATE, 0)",
            "0",
            "test_step",
        ),
        (
            "address generator: the second layer with the first one's constants",
            "instruction.blocks + at.block",
            "at.block",
            "test_step",
        ),
        (
            "address generator: the second layer's weights in another order",
            "decoded.window_weights + at.block",
            "decoded.window_weights + (at.block ^ 1)",
            "test_step",
        ),
        (
            "address generator: what goes on to the next layer is written too",
            "~correlating & ~instruction.fused)",
            "~correlating)",
            "test_step",
        ),
    ),
    *_faults(
        "rtl/control/address_bounds.py",
        "tests/rtl/control/test_address_bounds.py",
        (
            "address bounds: 5 x 5 windows as wide as 3 x 3",
            "Mux(self.kernel_5, min(a.line_width, a.line_width_5), a.line_width)",
            "a.line_width",
            "test_a_place_past_the_end_is_told",
        ),
        (
            "address bounds: a cell past the response",
            "responds & (self.write.address >= a.response_words)",
            "responds & (self.write.address > a.response_words)",
            "test_a_cell_past_the_response_is_told",
        ),
        (
            "address bounds: a response may be as long as the maps",
            "responds & (self.write.address >= a.response_words)",
            "responds & (self.write.address >= a.map_words)",
            "test_a_cell_past_the_response_is_told",
        ),
    ),
    *_faults(
        "rtl/control/address_bounds.py",
        "tests/verify/formal/test_proofs.py",
        (
            "address generator: the first weight past the end is none",
            "uses & (weight >= a.weight_words)",
            "uses & (weight > a.weight_words)",
            "test_holds[address_generator.addresses]",
        ),
    ),
    *_faults(
        "rtl/control/address_generator.py",
        "tests/verify/formal/test_proofs.py",
        (
            "address generator: nobody sees that a window's weight is past the end",
            "uses.eq(lane.multiply | lane.store | at.load)",
            "uses.eq(lane.store | at.load)",
            "test_holds[address_generator.addresses]",
        ),
    ),
    *_faults(
        "rtl/datapath/fused.py",
        "tests/rtl/datapath/test_fused.py",
        ("fused: a window due too late", "LANE_CYCLES - 2", "LANE_CYCLES - 1", ""),
        (
            "fused: places of the step before",
            "places.clear.eq(self.clear)",
            "places.clear.eq(0)",
            "test_clear_forgets_the_windows_places",
        ),
        ("fused: rows without an end", "Mux(arrived[1], 0, self.column + 1)", "self.column + 1", ""),
        ("fused: a window is due for ever", "(self.due & ~self.taken)", "self.due", ""),
        ("fused: room for few windows", "Queue(PLACE, LANE_CYCLES + 1, self", "Queue(PLACE, 8, self", ""),
    ),
    *_faults(
        "rtl/control/patch_loop.py",
        "tests/rtl/control/test_sequencer.py",
        (
            "sequencer: a column of patches too many",
            "self.patch_column >= loop.columns - 1",
            "self.patch_column >= loop.columns",
            "test_patch_loop",
        ),
        (
            "sequencer: the last patch not moved inwards",
            "_at_most(self.ahead_column, loop.read_pixel)",
            "self.ahead_column",
            "test_patch_loop",
        ),
    ),
    *_faults(
        "rtl/control/sequencer.py",
        "tests/rtl/control/test_sequencer.py",
        (
            "sequencer: settles a cycle more",
            "r.wait.eq(self._settle - 1)",
            "r.wait.eq(self._settle)",
            "test_instructions_in_order_with_every_field",
        ),
        (
            "sequencer: the last error counts",
            "with m.If(self.busy & (self.error == Error.NONE)):",
            "with m.If(self.busy):",
            "test_faults_end_the_run_and_the_next_is_right",
        ),
        (
            "sequencer: an instruction past the memory's end",
            "r.address > self._words + BlockRam.LATENCY - 1",
            "r.address > self._words + BlockRam.LATENCY",
            "test_an_instruction_that_the_memory_cuts_off_is_no_step",
        ),
        (
            "sequencer: a check without the instruction's last word",
            "(r.total ^ Cat(of_word)) == 0",
            "r.total == 0",
            "test_instructions_in_order_with_every_field",
        ),
        (
            "sequencer: a check of three bits in four",
            "terms[at : at + 4]).xor()",
            "terms[at : at + 3]).xor()",
            "test_instructions_in_order_with_every_field",
        ),
        (
            "sequencer: an illegal instruction runs",
            "runnable = ~r.off_end & intact & r.legal",
            "runnable = ~r.off_end & intact",
            "test_bad_programs",
        ),
        (
            "sequencer: a damaged instruction runs",
            "runnable = ~r.off_end & intact & r.legal",
            "runnable = ~r.off_end & r.legal",
            "test_wrong_bits_of_an_instruction_are_found_before_its_step",
        ),
        (
            "sequencer: the check leaves out the number",
            "Cat(self.step, Const(0, 16))",
            "Const(0, 32)",
            "test_an_instruction_in_the_place_of_another_is_found",
        ),
        (
            "sequencer: the error before stays",
            "[self.busy.eq(1), self.error.eq(told), r.refused.eq(Error.NONE)]",
            "[self.busy.eq(1), r.refused.eq(Error.NONE)]",
            "test_faults_end_the_run_and_the_next_is_right",
        ),
        (
            "sequencer: every program begins at the memory's first word",
            "[r.address.eq(entry), self.step.eq(0)]",
            "[r.address.eq(0), self.step.eq(0)]",
            "test_programs_stand_side_by_side",
        ),
        (
            "sequencer: an entry past the end is one inside",
            "Mux(self.entry < self._words, self.entry, self._words)",
            "self.entry",
            "test_an_entry_past_the_end_is_no_program",
        ),
        (
            "sequencer: a refused word is forgotten",
            "with m.If((self.refused != Error.NONE) & ~told):",
            "with m.If(0):",
            "test_a_refused_word_ends_the_next_run",
        ),
        (
            "sequencer: a word refused beside a fault is forgotten",
            "self.busy & (self.error == Error.NONE) & (self.fault == Error.NONE)",
            "self.busy & (self.error == Error.NONE)",
            "test_a_word_refused_beside_a_fault_is_told_by_the_next_run",
        ),
        (
            "sequencer: a refused word is told for ever",
            "self.error.eq(told), r.refused.eq(Error.NONE)]",
            "self.error.eq(told)]",
            "test_a_refused_word_ends_the_next_run",
        ),
    ),
    *_faults(
        "rtl/control/flush.py",
        "tests/rtl/control/test_flush.py",
        ("flush: a cycle too few", "init=self._cycles - 1)", "init=self._cycles - 2)", ""),
        ("flush: an early start is lost", "begun.eq(begun | self.start)", "begun.eq(0)", ""),
        ("flush: an early start is none", "[self.early.eq(begun | self.start), self", "[self", ""),
    ),
    *_faults(
        "rtl/control/write_port.py",
        "tests/rtl/control/test_write_port.py",
        (
            "write port: weights past the last lane",
            "(lane < sizes.lanes) & (place < sizes.weight_words)",
            "place < sizes.weight_words",
            "test_words_past_the_end_are_refused",
        ),
        (
            "write port: a program past the memory's end",
            "word.address < sizes.program_words",
            "place < sizes.program_words",
            "test_words_past_the_end_are_refused",
        ),
        (
            "write port: weights written during a run",
            "self.weights.enable.eq(taken & ~self.busy &",
            "self.weights.enable.eq(taken &",
            "test_words_during_a_run_are_refused",
        ),
        (
            "write port: a program written during a run",
            "self.program.enable.eq(taken & ~self.busy &",
            "self.program.enable.eq(taken &",
            "test_words_during_a_run_are_refused",
        ),
        (
            "write port: words written while they are not taken",
            "taken.eq(self.i.valid & self.open)",
            "taken.eq(self.i.valid)",
            "test_words_that_are_not_taken_are_nothing",
        ),
    ),
    *_faults(
        "arch/instruction.py",
        "tests/rtl/control/test_sequencer.py",
        (
            "rules: a step of no rows",
            "& (instruction.rows != 0)",
            "",
            "test_an_instruction_that_breaks_one_rule_is_not_run",
        ),
        (
            "rules: more macs than slots",
            "(instruction.macs <= instruction.slots)",
            "(instruction.macs <= instruction.slots + 1)",
            "test_an_instruction_that_breaks_one_rule_is_not_run",
        ),
        (
            "rules: a residual in no slot",
            "instruction.residual_slot < instruction.slots",
            "instruction.residual_slot <= instruction.slots",
            "test_an_instruction_that_breaks_one_rule_is_not_run",
        ),
        (
            "rules: all of a row filled in",
            "(instruction.pad < lanes)",
            "(instruction.pad <= lanes)",
            "test_an_instruction_that_breaks_one_rule_is_not_run",
        ),
        (
            "rules: no fused pixels of two blocks",
            "instruction.blocks <= FUSED_BLOCKS",
            "instruction.blocks < FUSED_BLOCKS",
            "test_an_instruction_that_keeps_to_the_rules_is_run",
        ),
        ("rules: a loop needs rows", "loop | counted", "counted", "test_a_loop_of_nothing_ends"),
    ),
]

_LINK = [
    *_faults(
        "rtl/control/watchdog.py",
        "tests/rtl/control/test_watchdog.py",
        ("watchdog: barks a cycle early", "self.bark.eq(left == 0)", "self.bark.eq(left == 1)", ""),
        (
            "watchdog: a pause does not matter",
            "[left.eq(self._cycles - 1), self.bark.eq(0)]",
            "[self.bark.eq(0)]",
            "",
        ),
    ),
    *_faults(
        "rtl/link/link_frame.py",
        "tests/rtl/link/test_link_frame.py",
        (
            "link: the check is not looked at",
            "ended & ~broken & right & (count == shortest)",
            "ended & ~broken & (count == shortest)",
            "",
        ),
        (
            "link: escapes not undone",
            "Mux(escaped, self.i.payload ^ ESCAPED, self.i.payload)",
            "self.i.payload",
            "",
        ),
        (
            "link: checks begin with the message before",
            "crc.start.eq(ended | late)",
            "crc.start.eq(late)",
            "",
        ),
    ),
    *_faults(
        "rtl/link/link_buffer.py",
        "tests/rtl/link/test_link_buffer.py",
        ("link: half a message is kept", "lost.eq((lost | full) & ~self.i.payload.last)", "lost.eq(0)", ""),
        ("link: a dropped message stays", "with m.If(self.drop):", "with m.If(0):", ""),
        (
            "link: knows a byte late that it is full",
            "((head + 1)[: len(head)] == tail) | (self.i.valid & ((head + 2)[: len(head)] == tail))",
            "(head + 1)[: len(head)] == tail",
            "",
        ),
        (
            "link: bytes offered before their last",
            "self._read(m, ram, tail, whole)",
            "self._read(m, ram, tail, head)",
            "",
        ),
    ),
    *_faults(
        "rtl/link/link_requests.py",
        "tests/rtl/link/test_link_requests.py",
        (
            "link: one repetition too old",
            "r.before < WINDOW",
            "r.before <= WINDOW",
            "test_another_number_changes_nothing",
        ),
        (
            "link: numbers go on in a new session",
            "r.expected.eq(0),",
            "",
            "",
        ),
        (
            "link: a repetition is executed",
            "m.d.sync += r.verdict.eq(earlier.data)",
            'm.next = "execute"',
            "test_a_repetition_is_answered_again_and_not_executed",
        ),
        (
            "link: a session begins before the core is free",
            "with m.If(~self.core.busy):",
            "with m.If(1):",
            "test_open_waits_until_the_core_is_free",
        ),
    ),
    *_faults(
        "rtl/link/answer.py",
        "tests/rtl/link/test_link_requests.py",
        (
            "link: an answer ends with every cell",
            "o.payload.last.eq((r.left == 1) & (r.cells == 0))",
            "o.payload.last.eq(r.left == 1)",
            "test_response_cells",
        ),
    ),
    *_faults(
        "rtl/link/records.py",
        "tests/rtl/link/test_link_requests.py",
        (
            "link: a record of the first bytes instead of the last",
            "len(value) - 8 * record.itemsize",
            "0",
            "test_words_go_to_consecutive_addresses",
        ),
    ),
    *_faults(
        "rtl/link/execution.py",
        "tests/rtl/link/test_link_requests.py",
        (
            "link: too many cells are sent all the same",
            "[r.verdict.eq(Verdict.MALFORMED), r.cells.eq(0)]",
            "r.verdict.eq(Verdict.MALFORMED)",
            "test_what_is_malformed_is_refused_and_the_next_executed",
        ),
        (
            "link: an answer of a cell too few",
            'request["cells"] > RESPONSE_CELLS',
            'request["cells"] >= RESPONSE_CELLS',
            "test_response_cells",
        ),
        (
            "link: a start without an entry",
            "START_REQUEST.itemsize, then",
            "1, then",
            "test_what_is_malformed_is_refused_and_the_next_executed",
        ),
        (
            "link: words an address further",
            "word.address.eq(r.address)",
            "word.address.eq(r.address + 1)",
            "test_words_go_to_consecutive_addresses",
        ),
    ),
    *_faults(
        "rtl/link/link.py",
        "tests/rtl/link/test_link.py",
        (
            "link: damage of the session before is counted",
            "Mux(clear, 0, count +",
            "Mux(0, 0, count +",
            "test_damaged_frames_are_counted_until_the_next_session",
        ),
    ),
    *_faults(
        "rtl/link/uart.py",
        "tests/rtl/link/test_uart.py",
        ("uart: sampled at the edge", "self._cycles // 2 - 1", "self._cycles - 1", "test_receiver"),
        (
            "uart: receives while the line is broken",
            'm.next = "broken"',
            'm.next = "idle"',
            "test_a_byte_without_stop_bit_is_dropped_and_the_next_received",
        ),
        ("uart: no stop bit", "left.eq(DATA_BITS + 2)", "left.eq(DATA_BITS)", "test_transmitter"),
    ),
]

_BUS = [
    *_faults(
        "rtl/bus/axi_lite.py",
        "tests/rtl/bus/test_axi_lite.py",
        (
            "axi: a write without its data",
            'both = held["aw"] & held["w"]',
            'both = held["aw"]',
            "test_a_write_needs_its_address_and_its_data",
        ),
        (
            "axi: writes first, always",
            'both & ~(held["ar"] & was_write)',
            "both",
            "test_reads_and_writes_that_wait_take_turns",
        ),
        (
            "axi: a response that nobody took",
            "Mux(writes, bus.bready, bus.rready)",
            "1",
            "test_transactions_reach_the_memory_once_and_in_order",
        ),
        (
            "axi: a part of a word is the whole",
            "strobe.all()",
            "strobe.any()",
            "test_transactions_reach_the_memory_once_and_in_order",
        ),
        ("axi: what is refused is told as done", "Mux(self.i.payload.error, SLVERR, OKAY)", "OKAY", ""),
    ),
    *_faults(
        "rtl/bus/host_registers.py",
        "tests/rtl/bus/test_host_registers.py",
        (
            "registers: a busy core is started",
            '& (free | ~(write & starts & Const(register.name == "control", 1)))',
            "",
            "test_a_busy_core_is_left_alone",
        ),
        (
            "registers: a busy core is written",
            "& (free | ~Const(register.idle, 1))",
            "",
            "test_a_busy_core_is_left_alone",
        ),
        (
            "registers: the same cell again",
            "cell.eq(cell + 1)]",
            "cell.eq(cell)]",
            "test_the_response",
        ),
        (
            "registers: a refused word is done",
            "r.answer.error.eq(self.core.refused != 0)",
            "r.answer.error.eq(0)",
            "test_a_word_that_the_core_refuses_is_an_error",
        ),
        (
            "registers: done stays after a start",
            'r.running.eq(1), r.set["status", "done"].eq(0)]',
            "r.running.eq(1)]",
            "test_a_start_clears_done",
        ),
        (
            "registers: pixels dropped during a run",
            '["control", "drain"] & ~self.core.busy',
            '["control", "drain"]',
            "",
        ),
    ),
]

# What only shows when the blocks work together: a whole frame on four lanes, or a frame after another; a
# simulator has to be built for each.
_FRAME = "test_the_tiny_network_on_the_smallest_array_of_so_many_lanes[4]"

_ACCELERATOR = [
    *_faults(
        "rtl/datapath/pixel_windows.py",
        "tests/rtl/test_accelerator.py",
        ("accelerator: tiles a pixel too large", "count + 2)", "count + 3)", ""),
    ),
    *_faults(
        "rtl/control/fault_report.py",
        "tests/rtl/test_accelerator.py",
        (
            "accelerator: nobody waits for the pixels",
            "watchdog.waiting.eq(self.waiting)",
            "watchdog.waiting.eq(0)",
            "",
        ),
    ),
    *_faults(
        "rtl/accelerator.py",
        "tests/system/test_sizes.py",
        (
            "accelerator: pixel windows a cycle late",
            'delay(m, taps, 1, "taps")',
            'delay(m, taps, 2, "taps")',
            _FRAME,
        ),
    ),
    *_faults(
        "rtl/write_back.py",
        "tests/system/test_sizes.py",
        (
            "accelerator: results not aligned",
            "align = Skew(reversed(range(size)))",
            "align = Skew(range(size))",
            _FRAME,
        ),
    ),
    *_faults(
        "arch/accelerator.py",
        "tests/system/test_sizes.py",
        ("accelerator: few residuals can wait", "RESIDUALS = 16", "RESIDUALS = 2", _FRAME),
    ),
    *_faults(
        "rtl/accelerator.py",
        "tests/system/test_reset.py",
        (
            "accelerator: the peak of the run before stays",
            "response.clear.eq(run)",
            "response.clear.eq(0)",
            "test_a_peak_is_of_its_own_frame",
        ),
        (
            "accelerator: used before its pipelines are empty",
            "Flush(a.flush_cycles)",
            "Flush(2)",
            "test_resets_while_the_last_results_are_on_their_way",
        ),
    ),
    *_faults(
        "rtl/bus/axi_core.py",
        "tests/system/test_axi.py",
        (
            "axi: red is blue",
            "colours.red.eq(self.s_axis_tdata[:8])",
            "colours.red.eq(self.s_axis_tdata[16:24])",
            "",
        ),
        (
            "axi: pixels dropped while they are taken",
            "pixels.valid.eq(self.s_axis_tvalid & ~drain)",
            "pixels.valid.eq(self.s_axis_tvalid & ~self.s_axis_tlast)",
            "",
        ),
    ),
]

_CAMERA = [
    *_faults(
        "rtl/camera/video_queue.py",
        "tests/rtl/camera/test_video_queue.py",
        (
            "video queue: what waits survives a loss",
            "queue.clear.eq(self.lost)",
            "queue.clear.eq(0)",
            "",
        ),
        (
            "video queue: a loss is not told",
            "self.lost.eq(self.valid & ~queue.i.ready)",
            "self.lost.eq(0)",
            "",
        ),
    ),
    *_faults(
        "rtl/camera/frame_reader.py",
        "tests/rtl/camera/test_frame_reader.py",
        (
            "frame reader: a frame that begins too early is dropped",
            "fault != FrameFault.SHORT_FRAME)),",
            "1)),",
            "",
        ),
        (
            "frame reader: a long frame is not told",
            "Mux(ended & ~i.payload.first, FrameFault.LONG_FRAME, 0)",
            "0",
            "",
        ),
        (
            "frame reader: a lost pixel between frames is a fault",
            "Mux(inside, FrameFault.OVERFLOW, FrameFault.NONE)",
            "FrameFault.OVERFLOW",
            "",
        ),
    ),
    *_faults(
        "rtl/camera/mean_colour.py",
        "tests/rtl/camera/test_mean_colour.py",
        ("mean colour: rounded down", "one.eq(total + (count >> 1))", "one.eq(total)", ""),
        ("mean colour: the frame before counts", "count.eq(0)", "count.eq(count)", ""),
    ),
    *_faults(
        "rtl/tracker/first_box.py",
        "tests/rtl/tracker/test_first_box.py",
        ("first box: it may touch the frame from outside", "(behind <= 0)", "(behind < 0)", ""),
        ("first box: its right edge is its middle", "(middle << 1) + extent", "(middle << 1)", ""),
        ("first box: half of it may lie behind the frame", "(middle << 1) - extent", "(middle << 1)", ""),
        ("first box: a frame of any size", "(side > largest)", "0", ""),
        ("first box: an axis is enough", "with m.If(wrong.any()):", "with m.If(wrong.all()):", ""),
    ),
    *_faults(
        "rtl/tracker/frame_gate.py",
        "tests/rtl/tracker/test_frame_gate.py",
        ("gate: frames begin while the mean is computed", "(self.hold | dividing)", "self.hold", ""),
        ("gate: a first pixel within a frame is held back", "& ~inside & (", "& (", ""),
        ("gate: settled while the mean is computed", "~inside & ~dividing", "~inside", ""),
        ("gate: every mean counts", "with m.If(counting):", "with m.If(1):", ""),
        ("gate: the fill changes with the mean", "self.fill.eq(latest)", "self.fill.eq(self.mean)", ""),
        ("gate: a broken frame goes on", "self.whole | self.broken", "self.whole", ""),
    ),
    *_faults(
        "rtl/tracker/frame_controller.py",
        "tests/rtl/tracker/test_frame_controller.py",
        ("controller: a view too few", "r.views.eq(len(VIEWS) - 1)", "r.views.eq(len(VIEWS) - 2)", ""),
        (
            "controller: a fault of the frame is told as the core's",
            "self.crop_error != 0,",
            "self.core_error == 0,",
            "",
        ),
        (
            "controller: a crop is left behind",
            "self.crop_clear.eq(self.crop_busy)",
            "self.crop_clear.eq(0)",
            "test_a_frame_with_a_fault_is_told_and_repeated",
        ),
        (
            "controller: a frame with a fault is learnt from",
            "with m.If(r.code == 0):",
            "with m.If(1):",
            "test_a_frame_with_a_fault_is_told_and_repeated",
        ),
        (
            "controller: asked for within a frame",
            "with m.Elif(self.settled):",
            "with m.Elif(1):",
            "",
        ),
        (
            "controller: frames that are asked for are counted as skipped",
            "self.begin & self.following & ~self.asked & ~r.passed.all()",
            "self.begin & self.following & ~r.passed.all()",
            "test_frames_that_come_too_early_are_skipped_and_counted",
        ),
        (
            "controller: the mean colour of skipped frames counts",
            "self.counts.eq(self.asked | ~self.following)",
            "self.counts.eq(1)",
            "test_which_frames_mean_colours_count",
        ),
        (
            "controller: frames are skipped although the video waits",
            "(self.lossless & (self.following",
            "(0 & (self.following",
            "test_frames_that_come_too_early_are_skipped_and_counted",
        ),
        (
            "controller: a stop is forgotten while the first box is judged",
            "with m.If(r.stopping):",
            "with m.If(0):",
            "test_stopped_at_any_time",
        ),
        (
            "controller: a crop that was stopped is still waited for",
            'm.d.sync += self.asked.eq(0)\n                m.next = "IDLE"',
            'm.next = "IDLE"',
            "test_stopped_at_any_time",
        ),
        (
            "controller: the core starts while it is busy",
            "self.crop_pixel & ~self.core_busy",
            "self.crop_pixel",
            "",
        ),
    ),
    *_faults(
        "rtl/console/decimal_writer.py",
        "tests/rtl/console/test_console.py",
        (
            "decimal: digits carry at six",
            "digit > 4, digit + 3",
            "digit > 5, digit + 3",
            "test_decimal_numbers",
        ),
        ("decimal: zero is nothing", "| (left == 1)", "", "test_decimal_numbers"),
        ("decimal: no sign", "negative.eq(self.value < 0)", "negative.eq(0)", "test_decimal_numbers"),
    ),
    *_faults(
        "rtl/console/report_line.py",
        "tests/rtl/console/test_console.py",
        (
            "report line: fields of the last cycle",
            "fields = [*kept.values(), ",
            "fields = [self.state, self.code, self.skipped, ",
            "test_report_lines",
        ),
        (
            "report line: a field too few",
            "last = field == len(fields) - 1",
            "last = field == 6",
            "test_report_lines",
        ),
    ),
    *_faults(
        "rtl/console/box_line.py",
        "tests/rtl/console/test_console.py",
        ("box line: five numbers are four", "(count >= len(NUMBERS))) | (", "0) | (", "test_lines_in"),
        ("box line: large numbers are cut", "(number >> LINE_BITS != 0)", "0", "test_lines_in"),
        ("box line: three numbers do", "(full | (count == 0))", "1", "test_lines_in"),
        (
            "box line: a refused line changes the box",
            "with m.If(wrong | ~(full | (count == 0))):",
            "with m.If(wrong | ~(full | (count == 0))):\n                m.d.sync += self.x.eq(numbers[0])",
            "test_a_refused_line_leaves_the_box",
        ),
    ),
    *_faults(
        "rtl/console/button_box.py",
        "tests/rtl/console/test_console.py",
        ("buttons: a bounce is a press", "history.all() & ~down", "history.any() & ~down", "test_buttons"),
        ("buttons: sizes beyond the list", "& (self.number != len(SIZES) - 1)", "", "test_buttons"),
    ),
    *_faults(
        "rtl/siam_tracker.py",
        "tests/sim/test_fabric.py",
        (
            "tracker: the search's program for the template",
            "Mux(controller.template, self.template_entry, self.search_entry)",
            "self.search_entry",
            "test_the_clip",
        ),
        (
            "tracker: the fill is the mean of the latest frame",
            "crop.window.fill[colour].eq(gate.fill[colour])",
            "crop.window.fill[colour].eq(crop.mean[colour])",
            "test_skipped_frames",
        ),
    ),
    *_faults(
        "rtl/camera/positions.py",
        "tests/rtl/camera/test_positions.py",
        ("positions: rounded down", "self.first + ROUND_POSITION", "self.first", ""),
        ("positions: the pixel before the first is outside", "pixel < -1", "pixel < 0", ""),
        ("positions: the last pixel is outside", "pixel >= self.count", "pixel + 1 >= self.count", ""),
    ),
    *_faults(
        "rtl/camera/horizontal.py",
        "tests/rtl/camera/test_horizontal.py",
        (
            "horizontal: behind the row comes the next row's pixel",
            "Mux(outside | past, fill, self.i.payload)",
            "Mux(outside, fill, self.i.payload)",
            "test_rows",
        ),
        (
            "horizontal: the row before lies left of the first pixel",
            "before.eq(self.window.fill)",
            "before.eq(before)",
            "test_rows",
        ),
        (
            "horizontal: a pixel and a sample take two cycles",
            "Mux(here, following != taken, ~making",
            "Mux(here, 0, ~making",
            "test_rows[0.0]",
        ),
        (
            "horizontal: a row ends before its last sample is written",
            "with m.If(past & ~(writing & ~self.done)):",
            "with m.If(past & ~making):",
            "test_rows[0.0]",
        ),
    ),
    *_faults(
        "rtl/camera/source_rows.py",
        "tests/rtl/camera/test_source_rows.py",
        (
            "source rows: a row is overwritten that is needed",
            "self.row - self.needed < self._camera.source_rows",
            "self.row - self.needed <= self._camera.source_rows",
            "",
        ),
        ("source rows: upper and lower exchanged", "odd.eq(delay(m, read[0]", "odd.eq(~delay(m, read[0]", ""),
        (
            "source rows: a row is skipped that is needed",
            "self.row < self.needed",
            "self.row <= self.needed",
            "",
        ),
    ),
    *_faults(
        "rtl/camera/vertical.py",
        "tests/rtl/camera/test_vertical.py",
        (
            "vertical: a row is read before it is complete",
            "positions.place < complete",
            "positions.place <= complete",
            "test_rows[True]",
        ),
        ("vertical: rounded down", "multiplier.p + half_up(2 * BLEND_BITS)", "multiplier.p", "test_rows"),
        (
            "vertical: below the last row lies the first",
            "outside | (place == self.frame.height)",
            "outside",
            "test_rows",
        ),
        (
            "vertical: the row above is given up",
            "Mux(place == 0, 0, place - 1)",
            "place",
            "test_it_says_which_rows_it_needs",
        ),
    ),
    *_faults(
        "rtl/camera/strip_sender.py",
        "tests/rtl/camera/test_strip_sender.py",
        (
            "strips: rows that are sent again are overwritten",
            "Mux(last_strip | (r.row < following), r.row, following)",
            "r.row",
            "test_rows_that_are_sent_again_are_kept",
        ),
        (
            "strips: the last strip is not moved up",
            "Mux(behind < strips.advance, strips.last_top, r.top + strips.advance)",
            "r.top + strips.advance",
            "test_rows_that_are_sent_again_are_kept",
        ),
        (
            "strips: more pixels are read than can wait",
            "r.reserved < self.WAITING)",
            "r.reserved < self.WAITING + 2)",
            "test_strips[0.5]",
        ),
        (
            "strips: no last pixel after a stop",
            "[r.sending.eq(0), r.stopping.eq(1)]",
            "r.sending.eq(0)",
            "test_stop_sends_one_last_pixel[9]",
        ),
    ),
    *_faults(
        "rtl/camera/stream_crop.py",
        "tests/rtl/camera/test_stream_crop.py",
        (
            "stream crop: the frame in progress is cropped",
            "rows.wanted.eq(reading & vertical.busy)",
            "rows.wanted.eq(vertical.busy)",
            "test_a_crop_is_of_the_next_frame",
        ),
        (
            "stream crop: rows of the crop before count",
            "Mux(waiting, 0, rows.complete)",
            "rows.complete",
            "test_rows_of_the_crop_before_do_not_count",
        ),
        (
            "stream crop: the next frame's begin forgets rows that are still read",
            "rows.fresh.eq(waiting)",
            "rows.fresh.eq(1)",
            "test_a_slow_core_has_the_last_rows_when_other_frames_have_begun[frames]",
        ),
        (
            "stream crop: a fault of the next frame forgets the last row",
            "horizontal.clear.eq(begins)",
            "horizontal.clear.eq(begins | spoilt)",
            "test_a_slow_core_has_the_last_rows_when_other_frames_have_begun[a broken frame]",
        ),
        (
            "stream crop: a pixel too many ends the last row",
            "(reader.fault != FrameFault.NONE) & (reader.fault != FrameFault.LONG_FRAME)",
            "reader.fault != FrameFault.NONE",
            "test_a_fault_behind_what_the_crop_needs_does_not_end_it[True]",
        ),
        (
            "stream crop: a crop without need of its frame is done before it",
            "under_way & ~waiting & ~sender.busy",
            "under_way & ~sender.busy",
            "test_a_crop_is_of_the_next_frame",
        ),
        (
            "stream crop: a fault leaves the core waiting",
            "sender.stop.eq(broken)",
            "sender.stop.eq(0)",
            "test_a_fault_ends_the_crop_with_one_last_pixel",
        ),
    ),
]

_TRACKER = [
    *_faults(
        "rtl/tracker/machine.py",
        "tests/rtl/tracker/test_machine.py",
        ("tracker: a sum instead of a difference", "^ all_of(minus)", "^ 0", "test_operations"),
        (
            "tracker: shifts without the sign",
            "accumulator >> 1, Mux",
            "accumulator[1:], Mux",
            "test_operations",
        ),
        (
            "tracker: a multiplier begins with what was there",
            "accumulator.eq(0)",
            "accumulator.eq(accumulator)",
            "test_operations",
        ),
        (
            "tracker: a value of the response without sign",
            "self.response_data[:VALUE_BITS].as_signed()",
            "self.response_data[:VALUE_BITS]",
            "test_tables_and_response",
        ),
        (
            "tracker: the response is read a cycle early",
            "waits.eq(RESPONSE_LATENCY - 1)",
            "waits.eq(RESPONSE_LATENCY - 2)",
            "test_tables_and_response",
        ),
        (
            "tracker: a loop too many",
            "m.If(counter != 1)",
            "m.If(counter != 0)",
            "test_loops_and_routines",
        ),
        (
            "tracker: comes back to the first caller",
            "zip(stack, [place, *stack], strict=False)",
            "zip(stack, [place], strict=False)",
            "test_loops_and_routines",
        ),
        (
            "tracker: begins again while it is busy",
            "m.If(~self.busy & self.start)",
            "m.If(self.start)",
            "test_a_start_while_busy_is_nothing",
        ),
    ),
    *_faults(
        "rtl/tracker/instructions.py",
        "tests/rtl/tracker/test_machine.py",
        (
            "tracker: counts a table's cycles wrongly",
            "Operation.TABLE: 2,",
            "Operation.TABLE: 1,",
            "test_tables_and_response",
        ),
    ),
    *_faults(
        "rtl/tracker/assembler.py",
        "tests/rtl/tracker/test_assembler.py",
        (
            "tracker: counts a loop's cycles once",
            "total += times * (",
            "total += (",
            "test_cycles_of_loops_and_calls",
        ),
    ),
    *_faults(
        "rtl/tracker/registers.py",
        "tests/rtl/tracker/test_registers.py",
        (
            "tracker: a loop forgets what it reads again",
            "following = (place + 1, int(operand))",
            "following = (place + 1,)",
            "test_what_a_loop_reads_again_lives_to_its_end",
        ),
        (
            "tracker: a command forgets what another one kept",
            "following = entries",
            "following = ()",
            "test_what_another_command_reads_is_kept_between",
        ),
    ),
    *_faults(
        "rtl/tracker/routines.py",
        "tests/rtl/tracker/test_routines.py",
        (
            "tracker: a quotient is one too small where nothing is left over",
            'a.emit(Op.LESS, "beyond")',
            'a.emit(Op.LESS, "beyond") if square else (a.emit(Op.ADD, 1), a.emit(Op.LESS, "beyond"))',
            "test_quotients_of_votes",
        ),
        (
            "tracker: an octave too few",
            "rounded(a, LOG_BITS + design.octaves)",
            "rounded(a, LOG_BITS + design.octaves + 1)",
            "test_scaled",
        ),
        (
            "tracker: rounds a bit too far",
            "a.emit(Op.RIGHT, bits - 1)",
            "a.emit(Op.RIGHT, bits)",
            "test_numbers_and_limits",
        ),
        (
            "tracker: a context of its own size",
            "a.emit(Op.LEFT, STEP_BITS - CENTRE_BITS + 1)",
            "a.emit(Op.LEFT, STEP_BITS - CENTRE_BITS)",
            "test_the_windows_step",
        ),
        (
            "tracker: a logarithm's table is that of powers",
            'a.emit(Op.LOAD, a.base("logarithms"))',
            'a.emit(Op.LOAD, a.base("powers"))',
            "test_logarithm",
        ),
    ),
    *_faults(
        "rtl/tracker/steps.py",
        "tests/rtl/tracker/test_steps.py",
        (
            "tracker: of equal cells the last",
            'a.emit(Op.LESS, "t.judged")',
            '(a.emit(Op.SUBTRACT, 1), a.emit(Op.LESS, "t.judged"))',
            "test_best_cell[tiny]",
        ),
        (
            "tracker: a neighbour outside votes",
            "a.emit(Op.LOAD, side - 1)",
            "a.emit(Op.LOAD, side)",
            "test_vote[tiny]",
        ),
        (
            "tracker: a neighbour's offsets are exchanged",
            '("t.right", "t.down", "", "")',
            '("t.down", "t.right", "", "")',
            "test_vote[tiny]",
        ),
        (
            "tracker: the middle is a cell beside",
            "(design.response_side - 1) // 2)",
            "(design.response_side + 1) // 2)",
            "test_movement[tiny]",
        ),
        (
            "tracker: the rates are exchanged",
            '("t.area", design.size_rate, Op.ADD)',
            '("t.area", design.aspect_rate, Op.ADD)',
            "test_new_sizes",
        ),
        (
            "tracker: the gain is forgotten",
            'times(a, "t.value", design.size_gain)',
            'times(a, "t.value", 1 << SHARE_BITS)',
            "test_change",
        ),
        (
            "tracker: a refused candidate counts as a miss",
            'if look == "again":',
            'if look == "":',
            "test_loss",
        ),
    ),
    *_faults(
        "rtl/tracker/program.py",
        "tests/rtl/tracker/test_tracker_loop.py",
        (
            "tracker: a view counts half",
            "rounded(a, 3)",
            "rounded(a, 4)",
            "test_drawn_tracks[1]",
        ),
        (
            "tracker: the confidence of a place that was not taken",
            '_choose(a, "taken", "certainty", "t.value", "t.value")',
            '_choose(a, "taken", "certainty", "certainty", "t.value")',
            "test_drawn_tracks[1]",
        ),
        (
            "tracker: the reach in every look",
            'a.emit(Op.LOAD, "beside")',
            "a.emit(Op.LOAD, 1)",
            "test_drawn_tracks[1]",
        ),
    ),
    *_faults(
        "rtl/tracker/tracker_loop.py",
        "tests/rtl/tracker/test_tracker_loop.py",
        (
            "tracker: places without a sign bit",
            'signed(bounds["coordinate"].bit_length() + 1)',
            'signed(bounds["coordinate"].bit_length())',
            "test_ports_hold_their_bounds",
        ),
    ),
]

MUTATIONS = (
    *(*_GOLDEN, *_ARITHMETIC, *_LANES, *_MEMORIES, *_CONTROL, *_LINK, *_BUS, *_ACCELERATOR),
    *(*_CAMERA, *_TRACKER),
)
