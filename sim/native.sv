// The accelerator as the C++ harness (harness.cpp) sees it: plain integers for ports, no trace.
//
// The trace is left unconnected, so that Verilator drops what only serves it. Ports follow
// docs/interface.md; a write's payload comes apart as address, target and nine bytes of data.
module native (
    input clk, input rst, input start,
    input write_valid, input [23:0] write_address, input [1:0] write_target, input [63:0] write_low, input [7:0] write_high,
    output write_ready,
    input pixels_valid, input [23:0] pixels_colours, input pixels_last,
    output pixels_ready,
    input [15:0] response_address,
    output [31:0] response_data, output [31:0] peak_value, output [15:0] peak_position,
    output busy, output done, output [7:0] error, output [15:0] step, output [63:0] identity
);
  siammixer accelerator (
      .clk, .rst,
      .write__payload({write_high, write_low, write_target, write_address}), .write__valid(write_valid), .write__ready(write_ready),
      .pixels__payload({pixels_last, pixels_colours}), .pixels__valid(pixels_valid), .pixels__ready(pixels_ready),
      .start, .busy, .done, .error, .step, .step_done(),
      .trace__valid(), .trace__step(), .trace__address(), .trace__data(),
      .response_address, .response_data, .peak_position, .peak_value, .identity);
`ifdef WAVES
  `include "waves.svh"
`endif
endmodule
