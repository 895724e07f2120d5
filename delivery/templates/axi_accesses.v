  task write_register(input [11:0] address, input [31:0] value);
    begin
      awaddr <= address;
      wdata <= value;
      awvalid <= 1;
      wvalid <= 1;
      bready <= 1;
      aw_taken = 0;
      w_taken = 0;
      while (!aw_taken || !w_taken) begin
        @(posedge clk);
        if (awready && !aw_taken) begin
          aw_taken = 1;
          awvalid <= 0;
        end
        if (wready && !w_taken) begin
          w_taken = 1;
          wvalid <= 0;
        end
      end
      while (!bvalid) @(posedge clk);
      if (bresp != 0) begin
        failures = failures + 1;
        $display("a write of register 0x%h was refused", address);
      end
      bready <= 0;
      @(posedge clk);
    end
  endtask

  task read_register(input [11:0] address);
    begin
      araddr <= address;
      arvalid <= 1;
      rready <= 1;
      @(posedge clk);
      while (!arready) @(posedge clk);
      arvalid <= 0;
      while (!rvalid) @(posedge clk);
      found = rdata;
      if (rresp != 0) begin
        failures = failures + 1;
        $display("a read of register 0x%h was refused", address);
      end
      rready <= 0;
      @(posedge clk);
    end
  endtask

  task wait_for_interrupt(input [31:0] patience);
    begin
      count = 0;
      while (!interrupt && count < patience) begin
        @(posedge clk);
        count = count + 1;
      end
      timed_out = !interrupt;
    end
  endtask

  task reset_core;
    begin
      @(posedge clk);
      resetn <= 0;
      @(posedge clk);
      @(posedge clk);
      resetn <= 1;
      @(posedge clk);
      found = 1;
      while (found[0]) read_register(@@{status});
      write_register(@@{interrupt}, 1);
    end
  endtask

  task identify;
    begin
      read_register(@@{identity});
      if (found !== @@{magic}) begin
        failures = failures + 1;
        $display("register IDENTITY: expected @@{magic}, found %h", found);
      end
      read_register(@@{fingerprint_low});
      if (found !== FINGERPRINT_LOW) begin
        failures = failures + 1;
        $display("register FINGERPRINT_LOW: expected %h, found %h", FINGERPRINT_LOW, found);
      end
      read_register(@@{fingerprint_high});
      if (found !== FINGERPRINT_HIGH) begin
        failures = failures + 1;
        $display("register FINGERPRINT_HIGH: expected %h, found %h", FINGERPRINT_HIGH, found);
      end
    end
  endtask

  // The address goes up by itself: it is written where the words have a gap.
  task load_word(input [103:0] word);
    begin
      if (!placed || word[95:72] != follows) write_register(@@{word_address}, {6'h0, word[97:72]});
      write_register(@@{word_low}, word[31:0]);
      if (word[97:96] != 0 || !placed) write_register(@@{word_middle}, word[63:32]);
      write_register(@@{word_high}, {24'h0, word[71:64]});
      placed = 1;
      follows = word[95:72] + 1;
    end
  endtask
