// Both block RAMs side by side: a write and a read a cycle from one file, the two words read to another.
module block_rams;
  logic clk = 0, rst = 0;
  logic write_enable;
  logic [15:0] write_address, read_address;
  logic [63:0] write_data;
  wire [`WIDTH-1:0] generic_word, ecp5_word;
  generic_ram generic_ram (.clk, .rst, .write_enable, .write_address(write_address[`ADDRESS-1:0]), .read_address(read_address[`ADDRESS-1:0]),
    .write_data(write_data[`WIDTH-1:0]), .read_data(generic_word));
  ecp5_ram ecp5_ram (.clk, .rst, .write_enable, .write_address(write_address[`ADDRESS-1:0]), .read_address(read_address[`ADDRESS-1:0]),
    .write_data(write_data[`WIDTH-1:0]), .read_data(ecp5_word));

  int accesses, words;
  initial begin
    accesses = $fopen("accesses.txt", "r");
    words = $fopen("words.txt", "w");
    while ($fscanf(accesses, "%d %d %d %d", write_enable, write_address, write_data, read_address) == 4) begin
      #1 $fdisplay(words, "%0d %0d", generic_word, ecp5_word);
      clk = 1;
      #1 clk = 0;
    end
    $fclose(words);
    $finish;
  end
endmodule
