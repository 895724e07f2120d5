// Behaviour of Lattice's MULT18X18D (ECP5), as far as siammixer.rtl.primitives.multiplier uses it: an 18 x 18 multiplier with optional
// registers at its inputs, after its multiplier array and at its output, all on CLK0, CE0 and RST0.
//
// Written for this project. Names of ports and parameters, and the parameters' defaults: the black box that yosys has of
// the primitive (share/ecp5/cells_bb.v). Behaviour: Lattice's documentation of the primitive, that is the sysDSP usage
// guide FPGA-TN-02205 and the ECP5 simulation library, whose model was read for what follows:
//   * SIGNEDA and SIGNEDB are registered with A and B; either makes its operand two's complement.
//   * A register is cleared by its RST (RESETMODE SYNC: at the clock edge), and otherwise loads where its CE is high.
//   * CLK0_DIV, by default ENABLED, halves CLK0 and lets the registers load at both edges of the half: at every rising
//     edge of CLK0.
//   * GSR DISABLED: no register is cleared by the global reset.
// Ports and parameters that are missing here are not modelled: the compiler refuses an instance that uses them. Values
// that are not modelled end the simulation.
module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE", parameter REG_INPUTA_CE = "CE0", parameter REG_INPUTA_RST = "RST0",
    parameter REG_INPUTB_CLK = "NONE", parameter REG_INPUTB_CE = "CE0", parameter REG_INPUTB_RST = "RST0",
    parameter REG_PIPELINE_CLK = "NONE", parameter REG_PIPELINE_CE = "CE0", parameter REG_PIPELINE_RST = "RST0",
    parameter REG_OUTPUT_CLK = "NONE", parameter REG_OUTPUT_CE = "CE0", parameter REG_OUTPUT_RST = "RST0",
    parameter CLK0_DIV = "ENABLED", parameter RESETMODE = "SYNC", parameter GSR = "ENABLED"
) (
    input A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
    input B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB, CLK0, CE0, RST0,
    output P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17, P18, P19, P20, P21, P22,
      P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35,
    output SIGNEDP
);
  function automatic void require(input logic holds, input string what);
    if (!holds) $fatal(1, "MULT18X18D in %m: %s is not modelled", what);
  endfunction

  initial begin
    require(REG_INPUTA_CLK == "NONE" || REG_INPUTA_CLK == "CLK0", "REG_INPUTA_CLK");
    require(REG_INPUTB_CLK == "NONE" || REG_INPUTB_CLK == "CLK0", "REG_INPUTB_CLK");
    require(REG_PIPELINE_CLK == "NONE" || REG_PIPELINE_CLK == "CLK0", "REG_PIPELINE_CLK");
    require(REG_OUTPUT_CLK == "NONE" || REG_OUTPUT_CLK == "CLK0", "REG_OUTPUT_CLK");
    require(REG_INPUTA_CE == "CE0" && REG_INPUTB_CE == "CE0" && REG_PIPELINE_CE == "CE0" && REG_OUTPUT_CE == "CE0", "a CE");
    require(REG_INPUTA_RST == "RST0" && REG_INPUTB_RST == "RST0" && REG_PIPELINE_RST == "RST0" && REG_OUTPUT_RST == "RST0", "an RST");
    require(CLK0_DIV == "ENABLED", "CLK0_DIV");
    require(RESETMODE == "SYNC", "RESETMODE");
    require(GSR == "DISABLED", "GSR");
  end
  always @(posedge CLK0) require(!SOURCEA && !SOURCEB, "a shifted operand");

  wire [18:0] a = {SIGNEDA, A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [18:0] b = {SIGNEDB, B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  logic [18:0] a_register, b_register;
  logic [36:0] product_register, output_register;

  wire [18:0] a_used = REG_INPUTA_CLK == "NONE" ? a : a_register;
  wire [18:0] b_used = REG_INPUTB_CLK == "NONE" ? b : b_register;
  wire signed [18:0] a_value = {a_used[18] & a_used[17], a_used[17:0]};
  wire signed [18:0] b_value = {b_used[18] & b_used[17], b_used[17:0]};
  wire signed [37:0] product = a_value * b_value;
  wire [36:0] product_used = REG_PIPELINE_CLK == "NONE" ? {a_used[18] | b_used[18], product[35:0]} : product_register;
  wire [36:0] result = REG_OUTPUT_CLK == "NONE" ? product_used : output_register;

  always @(posedge CLK0)
    if (RST0) {a_register, b_register, product_register, output_register} <= '0;
    else if (CE0) begin
      a_register <= a;
      b_register <= b;
      product_register <= {a_used[18] | b_used[18], product[35:0]};
      output_register <= product_used;
    end

  assign {SIGNEDP, P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16,
    P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = result;
endmodule
