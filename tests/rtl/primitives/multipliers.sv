// Both multipliers side by side: operands from a file, one pair a cycle; the four products of each cycle to another.
module multipliers;
  logic clk = 0, rst = 0;
  logic signed [17:0] a, b;
  wire signed [35:0] generic_wide, ecp5_wide;
  wire signed [15:0] generic_narrow, ecp5_narrow;
  generic_18 generic_18 (.clk, .rst, .a, .b, .p(generic_wide));
  ecp5_18 ecp5_18 (.clk, .rst, .a, .b, .p(ecp5_wide));
  generic_8 generic_8 (.clk, .rst, .a(a[7:0]), .b(b[7:0]), .p(generic_narrow));
  ecp5_8 ecp5_8 (.clk, .rst, .a(a[7:0]), .b(b[7:0]), .p(ecp5_narrow));

  int operands, products;
  initial begin
    operands = $fopen("operands.txt", "r");
    products = $fopen("products.txt", "w");
    while ($fscanf(operands, "%d %d", a, b) == 2) begin
      #1 $fdisplay(products, "%0d %0d %0d %0d", generic_wide, ecp5_wide, generic_narrow, ecp5_narrow);
      clk = 1;
      #1 clk = 0;
    end
    $fclose(products);
    $finish;
  end
endmodule
