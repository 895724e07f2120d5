// The device on a clock of its own: Python sees the serial line only, at the pace of its bits.
`timescale 1ns / 1ns
module device_harness #(
    parameter int HALF_CYCLE = 25
);
    logic clk = 0, rst = 1;
    logic rx /* verilator public_flat_rw */ = 1;
    logic tx /* verilator public_flat_rw */;
    logic busy /* verilator public_flat_rw */;
    logic error, active;

    always #HALF_CYCLE clk = ~clk;
    initial begin
        repeat (4) @(negedge clk);
        rst = 0;
    end

    device device (.*);
endmodule
