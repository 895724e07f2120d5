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
      .host__write__payload({write_high, write_low, write_target, write_address}), .host__write__valid(write_valid), .host__write__ready(write_ready),
      .host__pixels__payload({pixels_last, pixels_colours}), .host__pixels__valid(pixels_valid), .host__pixels__ready(pixels_ready),
      .host__start(start), .host__busy(busy), .host__done(done), .host__error(error), .host__step(step), .step_done(),
      .trace__valid(), .trace__step(), .trace__address(), .trace__data(),
      .host__response_address(response_address), .host__response_data(response_data), .host__peak_position(peak_position), .host__peak_value(peak_value), .identity);
endmodule
