// A frame of real video through @@{prefix}, compared with what it must give. Plain Verilog, no other tools.
// SPDX-License-Identifier: Apache-2.0
//
// It loads the weights and the programs through the ports, runs the template crop and then the search crop,
// and compares error codes, cycles, every cell of the response, and its peak. The last line begins with
// PASSED or FAILED. It reads the folder images, so it must be run in the bundle's folder.
@@{head}

  // Pixels: bits 7..0 red, 15..8 green, 23..16 blue, 24 the last of the crop, 25 there is none.
  reg [27:0] template_pixels [0:TEMPLATE_PIXELS - 1];
  reg [27:0] search_pixels [0:SEARCH_PIXELS - 1];
  reg [31:0] response [0:RESPONSE - 1];

  integer differing = 0;
  integer row;
  integer column;
  integer channel;
  reg [31:0] cycles = 0;
  reg [31:0] position = 0;
  reg [7:0] code = 0;
  reg [15:0] step = 0;

  // The pixels of a crop: offered from "sending" on, one after the other, without a pause.
  reg sending = 0;
  reg searching = 0;
  reg pixel_valid = 0;
  reg [24:0] pixel = 0;
  integer next_pixel = 0;
  wire pixel_ready;
  wire [27:0] following = searching ? search_pixels[next_pixel] : template_pixels[next_pixel];
  wire left = next_pixel < (searching ? SEARCH_PIXELS : TEMPLATE_PIXELS) && !following[25];
  always @(posedge clk) begin
    if (!sending) begin
      pixel_valid <= 0;
      next_pixel <= 0;
    end else if (!pixel_valid || pixel_ready) begin
      pixel_valid <= left;
      pixel <= following[24:0];
      if (left) next_pixel <= next_pixel + 1;
    end
  end

@@{bus}
@@{checks}

  task say_progress;
    if (sending) $display("%0s run", searching ? "search" : "template");
    else $display("%0s", searching ? "reading the response" : "loading");
  endtask

  // Error code and cycles of the run that has just ended, or has not.
  task judge_run(input [8 * 8 - 1:0] name, input [31:0] expected);
    begin
      if (timed_out) begin
        failures = failures + 1;
        $display("%0s run: it does not end within %0d cycles; %0d pixels were taken", name, 2 * expected,
                 next_pixel - (pixel_valid ? 1 : 0));
      end else if (code !== 0) begin
        failures = failures + 1;
        $display("%0s run: the core reports error %0d in step %0d:", name, code, step);
        explain(code);
      end else begin
        if (cycles !== expected) begin
          failures = failures + 1;
          $display("%0s run: %0d cycles, expected %0d", name, cycles, expected);
        end else $display("%0s run: %0d cycles, as predicted", name, cycles);
      end
    end
  endtask

  task compare_response;
    begin
      for (place = 0; place < RESPONSE; place = place + 1) begin
        read_cell(place);
        if (found !== response[place]) begin
          if (differing == 0) begin
            channel = place / (ROWS * COLUMNS);
            row = place / COLUMNS % ROWS;
            column = place % COLUMNS;
            $display("response: channel %0d, row %0d, column %0d: expected %0d, found %0d", channel, row,
                     column, $signed(response[place]), $signed(found));
          end
          differing = differing + 1;
        end
      end
      if (differing != 0) begin
        failures = failures + 1;
        $display("response: %0d of %0d cells differ", differing, RESPONSE);
      end else $display("response: %0d of %0d cells are equal", RESPONSE, RESPONSE);
      read_peak;
      if (position !== PEAK_POSITION || found !== PEAK_VALUE) begin
        failures = failures + 1;
        $display("peak: expected cell %0d with %0d, found cell %0d with %0d", PEAK_POSITION,
                 $signed(PEAK_VALUE), position, $signed(found));
      end
    end
  endtask

@@{finish}

  // Not an initial block: there Verilator takes "<=" for "=".
  always begin : main
    read_images;
    reset_core;
    identify;
    load_words;
    searching = 0;
    run(TEMPLATE_ENTRY, 2 * TEMPLATE_CYCLES);
    judge_run("template", TEMPLATE_CYCLES);
    if (!timed_out && code === 0) begin
      searching = 1;
      run(SEARCH_ENTRY, 2 * SEARCH_CYCLES);
      judge_run("search", SEARCH_CYCLES);
      if (!timed_out && code === 0) compare_response;
    end
    finish;
    forever @(posedge clk);
  end
endmodule
