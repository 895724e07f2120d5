  // Words of the images: @@{word_note}
  reg [103:0] weights [0:WEIGHTS - 1];
  reg [103:0] template_program [0:TEMPLATE_PROGRAM - 1];
  reg [103:0] search_program [0:SEARCH_PROGRAM - 1];
