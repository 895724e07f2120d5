  // The core alone.
  // One cycle is enough.
  parameter RESET_CYCLES = 1;
  reg rst = 0;
  reg write_valid = 0;
  reg [97:0] write_payload = 0;
  wire write_ready;
  reg start = 0;
  reg [15:0] entry = 0;
  wire busy;
  wire done;
  wire [7:0] error;
  wire [7:0] refused;
  wire [15:0] current;
  reg [15:0] response_address = 0;
  wire [31:0] response_data;
  wire [15:0] peak_position;
  wire [31:0] peak_value;
  wire [63:0] identity;
  reg [31:0] cycle = 0;
  always @(posedge clk) cycle <= start ? 1 : cycle + 1;
  always @(posedge clk)
    if (refused != 0 && !rst) begin
      failures = failures + 1;
      $display("a word for a memory was refused with error %0d:", refused);
      explain(refused);
    end

  @@{prefix} dut (
    .clk(clk),
    .rst(rst),
    .write_payload(write_payload),
    .write_valid(write_valid),
    .write_ready(write_ready),
    .pixels_payload(pixel),
    .pixels_valid(pixel_valid),
    .pixels_ready(pixel_ready),
    .refused(refused),
    .start(start),
    .entry(entry),
    .busy(busy),
    .done(done),
    .error(error),
    .step(current),
    .response_address(response_address),
    .response_data(response_data),
    .peak_position(peak_position),
    .peak_value(peak_value),@@{trace_ports}
    .identity(identity)
  );

  task reset_core;
    begin
      @(posedge clk);
      rst <= 1;
      repeat (RESET_CYCLES) @(posedge clk);
      rst <= 0;
      @(posedge clk);
      @(posedge clk);
      while (busy) @(posedge clk);
    end
  endtask

  task identify;
    if (identity !== {FINGERPRINT_HIGH, FINGERPRINT_LOW}) begin
      failures = failures + 1;
      $display("identity: expected %h, found %h", {FINGERPRINT_HIGH, FINGERPRINT_LOW}, identity);
    end
  endtask

  task load_word(input [103:0] word);
    begin
      // The ports have the target above the address, and the data above both.
      write_payload <= {word[71:0], word[97:72]};
      write_valid <= 1;
      @(posedge clk);
      // "run" takes valid away: Verilator does not keep the order of two assignments of one moment.
      while (!write_ready) @(posedge clk);
    end
  endtask

  task run(input [15:0] first, input [31:0] patience);
    begin
      write_valid <= 0;
      sending <= 1;
      @(posedge clk);
      @(posedge clk);
      start <= 1;
      entry <= first;
      @(posedge clk);
      start <= 0;
      @(posedge clk);
      count = 0;
      while (!done && count < patience) begin
        @(posedge clk);
        count = count + 1;
      end
      timed_out = !done;
      cycles = cycle;
      @(posedge clk);
      code = error;
      step = current;
      if (!timed_out && code === 0) sending <= 0;
      @(posedge clk);
    end
  endtask

  task read_cell(input integer number);
    begin
      response_address <= number;
      repeat (@@{latency}) @(posedge clk);
      found = response_data;
    end
  endtask

  task read_peak;
    begin
      position = {16'h0, peak_position};
      found = peak_value;
    end
  endtask

