// A loader on a clock of its own: Python sees the flash's pins, each word that is written, and the end.
`timescale 1ns / 1ns
module flash_load (
    output logic [2:0] pins /* verilator public_flat_rw */,   // cs_n, clk, mosi, the first the lowest
    output logic written /* verilator public_flat_rw */,      // another level for each word
    output logic ended /* verilator public_flat_rw */
);
    logic clk = 0, rst = 1, start = 0;
    logic go /* verilator public_flat_rw */ = 0;
    logic miso /* verilator public_flat_rw */ = 1;
    logic [15:0] stall /* verilator public_flat_rw */ = 0;     // share of the cycles without ready, in 1/65536
    logic [31:0] dice /* verilator public_flat_rw */ = 1;
    logic [97:0] word /* verilator public_flat_rw */;
    logic [31:0] cycles /* verilator public_flat_rw */ = 0;   // from that of start to the first not busy
    logic loaded /* verilator public_flat_rw */;
    logic [2:0] error /* verilator public_flat_rw */;
    logic [15:0] template_entry /* verilator public_flat_rw */, search_entry /* verilator public_flat_rw */;
    logic busy, valid, ready, cs_n, line, mosi;
    logic [97:0] payload;

    always #5 clk = ~clk;
    initial begin
        written = 0;
        ended = 0;
        repeat (4) @(negedge clk);
        rst = 0;
        wait (go);
        @(negedge clk) start = 1;
        @(negedge clk) start = 0;
        cycles = 1;
        do @(negedge clk) cycles = cycles + 1; while (busy);
        ended = 1;
    end

    assign pins = {mosi, line, cs_n};
    assign ready = dice[31:16] >= stall;
    always @(posedge clk) begin
        dice <= dice * 1664525 + 1013904223;
        if (valid && ready) begin
            word <= payload;
            written <= ~written;
        end
    end

    loader loader (
        .clk(clk), .rst(rst), .start(start), .busy(busy), .loaded(loaded), .error(error),
        .template_entry(template_entry), .search_entry(search_entry), .refused(8'd0),
        .write__payload(payload), .write__valid(valid), .write__ready(ready),
        .pins__cs_n(cs_n), .pins__clk(line), .pins__mosi(mosi), .pins__miso(miso)
    );
endmodule
