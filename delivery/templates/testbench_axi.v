  // The core behind AXI4-Lite registers and an AXI4-Stream of pixels.
  reg resetn = 0;
  reg [11:0] awaddr = 0;
  reg [11:0] araddr = 0;
  reg [31:0] wdata = 0;
  reg awvalid = 0;
  reg wvalid = 0;
  reg bready = 0;
  reg arvalid = 0;
  reg rready = 0;
  wire awready;
  wire wready;
  wire bvalid;
  wire arready;
  wire rvalid;
  wire [1:0] bresp;
  wire [1:0] rresp;
  wire [31:0] rdata;
  wire interrupt;
  reg aw_taken = 0;
  reg w_taken = 0;
  reg [23:0] follows = 0;
  reg placed = 0;

  @@{prefix} dut (
    .aclk(clk),
    .aresetn(resetn),
    .s_axi_awaddr(awaddr),
    .s_axi_awprot(3'b000),
    .s_axi_awvalid(awvalid),
    .s_axi_awready(awready),
    .s_axi_wdata(wdata),
    .s_axi_wstrb(4'b1111),
    .s_axi_wvalid(wvalid),
    .s_axi_wready(wready),
    .s_axi_bresp(bresp),
    .s_axi_bvalid(bvalid),
    .s_axi_bready(bready),
    .s_axi_araddr(araddr),
    .s_axi_arprot(3'b000),
    .s_axi_arvalid(arvalid),
    .s_axi_arready(arready),
    .s_axi_rdata(rdata),
    .s_axi_rresp(rresp),
    .s_axi_rvalid(rvalid),
    .s_axi_rready(rready),
    .s_axis_tdata(pixel[23:0]),
    .s_axis_tvalid(pixel_valid),
    .s_axis_tready(pixel_ready),
    .s_axis_tlast(pixel[24]),@@{trace_ports}
    .interrupt(interrupt)
  );

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

  task run(input [15:0] entry, input [31:0] patience);
    begin
      sending <= 1;
      write_register(@@{entry}, {16'h0, entry});
      write_register(@@{control}, 1);
      count = 0;
      while (!interrupt && count < patience) begin
        @(posedge clk);
        count = count + 1;
      end
      timed_out = !interrupt;
      read_register(@@{status});
      code = found[15:8];
      step = found[31:16];
      read_register(@@{cycles});
      cycles = found;
      write_register(@@{status}, 2);
      if (!timed_out && code === 0) sending <= 0;
      @(posedge clk);
    end
  endtask

  task read_cell(input integer number);
    begin
      if (number == 0) write_register(@@{response_address}, 0);
      read_register(@@{response_data});
    end
  endtask

  task read_peak;
    begin
      read_register(@@{peak_position});
      position = found;
      read_register(@@{peak_value});
    end
  endtask

