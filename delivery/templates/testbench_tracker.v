// A short video through @@{prefix}, every box compared with what it must be. Plain Verilog, no other tools.
// SPDX-License-Identifier: Apache-2.0
//
// It loads the weights and the programs through the registers, gives the first box, shows the video on the
// stream, reads what is told of every frame, and compares it. The last line begins with PASSED or FAILED. It
// reads the folder images, so it must be run in the bundle's folder.
@@{head}

  // Pixels: bits 7..0 red, 15..8 green, 23..16 blue, 24 the last of its line, 25 the first of its frame, 26
  // there is none.
  reg [27:0] video [0:VIDEO - 1];
  // What must be told: NEWS_WORDS of each news, as the registers from RESULT on have them.
  reg [31:0] news [0:NEWS - 1];
  reg [31:0] told [0:NEWS_WORDS - 1];

  integer earlier;
  integer number = 0;
  reg [31:0] expected = 0;
  reg broken = 0;

  // The video, without a pause: its first frame once for the colour around the target, then LOOKS times, for
  // the target is learnt from it, then the others. No more than "allowed" frames begin.
  integer allowed = 0;
  integer shown = 0;
  integer next_pixel = 0;
  reg pixel_valid = 0;
  reg [25:0] pixel = 0;
  wire pixel_ready;
  wire [27:0] following = video[next_pixel];
  wire ended = next_pixel == VIDEO || following[26];
  wire again = next_pixel != 0 && (ended || following[25]) && shown <= LOOKS;
  wire held = !again && following[25] && shown >= allowed;
  wire resting = !pixel_valid && held;
  always @(posedge clk)
    if (!pixel_valid || pixel_ready) begin
      pixel_valid <= !again && !ended && !held;
      pixel <= following[25:0];
      if (again) next_pixel <= 0;
      else if (!ended && !held) begin
        next_pixel <= next_pixel + 1;
        if (following[25]) shown <= shown + 1;
      end
    end

  // The tracker behind AXI4-Lite registers and AXI4-Stream video.
@@{axi_registers}
    .s_axis_video_tdata(pixel[23:0]),
    .s_axis_video_tvalid(pixel_valid),
    .s_axis_video_tready(pixel_ready),
    .s_axis_video_tuser(pixel[25]),
    .s_axis_video_tlast(pixel[24]),
    .interrupt(interrupt)
  );

@@{axi_accesses}

@@{checks}

  task say_progress;
    if (shown == 0) $display("loading");
    else $display("frame %0d of %0d is shown", shown, LOOKS + FRAMES);
  endtask

  // Of which frame the news is.
  task say_frame;
    if (number <= LOOKS) $write("frame 0, look %0d of %0d: ", number, LOOKS);
    else $write("frame %0d: ", number - LOOKS);
  endtask

  task say_state(input [1:0] state);
    case (state)
@@{states}
    endcase
  endtask

  task say_register(input integer which);
    case (which)
@@{names}
      default: $write("no register");
    endcase
  endtask

  task compare_result;
    begin
      if (found[13:8] !== expected[13:8]) begin
        failures = failures + 1;
        say_frame;
        $display("code: expected %0d, found %0d:", expected[13:8], found[13:8]);
        explain({2'h0, found[13:8]});
        broken = 1;
      end
      if (found[1:0] !== expected[1:0]) begin
        failures = failures + 1;
        say_frame;
        $write("state: expected ");
        say_state(expected[1:0]);
        $write(", found ");
        say_state(found[1:0]);
        $display("");
      end
      if (found[31:16] !== expected[31:16]) begin
        failures = failures + 1;
        say_frame;
        $display("skipped frames: expected %0d, found %0d", expected[31:16], found[31:16]);
      end
    end
  endtask

  // While a target is learnt, only state, code and box mean something.
  task compare_news;
    begin
      earlier = failures;
      write_register(@@{news}, 1);
      read_register(@@{news_number});
      if (found !== number) begin
        failures = failures + 1;
        say_frame;
        $display("NEWS_NUMBER: expected %0d, found %0d", number, found);
      end
      for (place = 0; place < (number <= LOOKS ? LEARNING_WORDS : NEWS_WORDS); place = place + 1) begin
        read_register(@@{result} + 4 * place);
        told[place] = found;
        expected = news[(number - 1) * NEWS_WORDS + place];
        if (place == 0) compare_result;
        else if (found !== expected && !broken) begin
          failures = failures + 1;
          say_frame;
          say_register(place);
          $display(": expected %0d, found %0d", $signed(expected), $signed(found));
        end
      end
      if (failures == earlier) begin
        say_frame;
        say_state(told[0][1:0]);
        $write(", box %0.2f, %0.2f, ", $signed(told[1]) / 512.0, $signed(told[2]) / 512.0);
        $write("%0.2f x %0.2f", told[3] / 256.0, told[4] / 256.0);
        if (number > LOOKS) $write(", confidence %0.3f", told[5] / 32768.0);
        $display(": as expected");
        $fflush;
      end
    end
  endtask

  // The first frame is shown, and its mean colour known.
  task show_first;
    begin
      allowed <= 1;
      count = 0;
      while (!resting && count < PATIENCE) begin
        @(posedge clk);
        count = count + 1;
      end
      if (!resting) begin
        failures = failures + 1;
        broken = 1;
        $display("frame 0: only %0d pixels were taken in %0d cycles", next_pixel, PATIENCE);
      end
      repeat (@@{settling}) @(posedge clk);
    end
  endtask

  task wait_for_news;
    begin
      wait_for_interrupt(PATIENCE);
      if (timed_out) begin
        failures = failures + 1;
        broken = 1;
        say_frame;
        $display("nothing is told in %0d cycles; %0d frames were shown, %0d of %0d pixels of the video",
                 PATIENCE, shown, next_pixel - (pixel_valid ? 1 : 0), VIDEO);
      end
    end
  endtask

  task compare_faults;
    begin
      read_register(@@{faults});
      if (found[15:8] !== 0) begin
        failures = failures + 1;
        $display("FAULTS: expected none, found %0d, the latest:", found[15:8]);
        explain({4'h1, found[3:0]});
      end
    end
  endtask

@@{finish}

  // Not an initial block: there Verilator takes "<=" for "=".
  always begin : main
    read_images;
    reset_core;
    identify;
    write_register(@@{frame_size}, FRAME_SIZE);
    found = 1;
    while (found[0]) read_register(@@{status});
    load_words;
    show_first;
    write_register(@@{template_entry}, TEMPLATE_ENTRY);
    write_register(@@{search_entry}, SEARCH_ENTRY);
@@{first_box}
    // A target is given, and the video waits for the tracker.
    write_register(@@{control}, @@{take});
    allowed <= LOOKS + FRAMES;
    for (number = 1; number < LOOKS + FRAMES && !broken; number = number + 1) begin
      wait_for_news;
      if (!timed_out) compare_news;
    end
    if (broken) $display("what comes behind it is not compared");
    else compare_faults;
    finish;
    forever @(posedge clk);
  end
endmodule
