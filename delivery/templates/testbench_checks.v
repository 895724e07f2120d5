  task checksum(input [103:0] word);
    sum = {sum[30:0], sum[31]} ^ word[31:0] ^ word[63:32] ^ word[95:64] ^ {24'h0, word[103:96]};
  endtask

  task compare_sum(input [31:0] expected, input [8 * 32 - 1:0] name);
    if (sum !== expected) begin
      failures = failures + 1;
      $display("%0s is not what was exported: checksum %h, expected %h", name, sum, expected);
    end
  endtask

  // Reads all images. A word that a file lacks stays without a place in any memory.
  task read_images;
    begin
@@{reads}
    end
  endtask

  task load_words;
    begin
      for (place = 0; place < WEIGHTS; place = place + 1) load_word(weights[place]);
      for (place = 0; place < TEMPLATE_PROGRAM; place = place + 1) load_word(template_program[place]);
      for (place = 0; place < SEARCH_PROGRAM; place = place + 1) load_word(search_program[place]);
      $display("loaded: %0d words", WEIGHTS + TEMPLATE_PROGRAM + SEARCH_PROGRAM);
    end
  endtask

  task explain(input [7:0] number);
    case (number)
@@{errors}
      default: $display("  @@{no_error}");
    endcase
  endtask
