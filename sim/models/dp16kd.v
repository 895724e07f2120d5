// Behaviour of Lattice's DP16KD (ECP5), as far as siammixer.rtl.primitives.block_ram uses it: port A writes, port B reads, both on one clock and
// with one data width; every output through its register.
//
// Written for this project. Names of ports and parameters, and the parameters' defaults: the black box that yosys has of
// the primitive (share/ecp5/cells_bb.v). Behaviour: Lattice's memory usage guide FPGA-TN-02204.
//   * A word of n data bits lies at AD[13:k], k = 4, 3, 2, 1, 0 for n = 18, 9, 4, 2, 1; at n = 18, AD0 and AD1 enable the
//     lower and the upper nine bits of a write.
//   * WE writes at the clock edge, where CE is high and the chip selects equal CSDECODE.
//   * REGMODE OUTREG: a second register, enabled by OCE, behind the word that was read.
//   * What one port reads in the cycle in which the other writes that very word is not defined: here it is all ones and
//     zeros in turn, so that nobody relies on it.
// Ports and parameters that are missing here are not modelled: the compiler refuses an instance that uses them. Values
// that are not modelled end the simulation.
module DP16KD #(
    parameter DATA_WIDTH_A = 18, parameter DATA_WIDTH_B = 18, parameter REGMODE_A = "NOREG", parameter REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC", parameter ASYNC_RESET_RELEASE = "SYNC", parameter CSDECODE_A = "0b000",
    parameter CSDECODE_B = "0b000", parameter WRITEMODE_A = "NORMAL", parameter WRITEMODE_B = "NORMAL", parameter GSR = "ENABLED"
) (
    input DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13, DIA14, DIA15, DIA16, DIA17,
    input DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13, DIB14, DIB15, DIB16, DIB17,
    input ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA0, CSA1, CSA2, CEB, OCEB, CLKB, WEB, RSTB, CSB0, CSB1, CSB2,
    output DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13, DOB14, DOB15, DOB16, DOB17
);
  localparam int BITS = DATA_WIDTH_A;
  localparam int UNUSED = BITS == 18 ? 4 : BITS == 9 ? 3 : BITS == 4 ? 2 : BITS == 2 ? 1 : 0;

  function automatic void require(input logic holds, input string what);
    if (!holds) $fatal(1, "DP16KD in %m: %s is not modelled", what);
  endfunction

  initial begin
    require(BITS == 18 || BITS == 9 || BITS == 4 || BITS == 2 || BITS == 1, "DATA_WIDTH_A");
    require(DATA_WIDTH_B == DATA_WIDTH_A, "a second data width");
    require(REGMODE_B == "OUTREG", "REGMODE_B");
    require(RESETMODE == "SYNC", "RESETMODE");
    require(CSDECODE_A == "0b000" && CSDECODE_B == "0b000", "CSDECODE");
    require(WRITEMODE_A == "NORMAL" && WRITEMODE_B == "NORMAL", "WRITEMODE");
    require(GSR == "DISABLED", "GSR");
  end
  always @(posedge CLKB) begin
    require(!WEB, "a write through port B");
    require(!RSTA && !RSTB, "a reset");
    require(CEA && CEB && OCEB && {CSA2, CSA1, CSA0, CSB2, CSB1, CSB0} == 0, "a port that is not enabled");
  end

  wire [13:0] write_pins = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] read_pins = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] data = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [13-UNUSED:0] write_address = write_pins[13:UNUSED], read_address = read_pins[13:UNUSED];

  logic [BITS-1:0] words[2**(14-UNUSED)];
  logic [BITS-1:0] read, register;
  always @(posedge CLKA)
    if (WEA) begin
      if (BITS < 18) words[write_address] <= data[BITS-1:0];
      else begin
        if (ADA0) words[write_address][BITS/2-1:0] <= data[BITS/2-1:0];
        if (ADA1) words[write_address][BITS-1:BITS/2] <= data[BITS-1:BITS/2];
      end
    end
  always @(posedge CLKB) begin
    read <= WEA && write_address == read_address ? {(BITS + 1) / 2{2'b10}} : words[read_address];
    register <= read;
  end

  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = 18'(register);
endmodule
