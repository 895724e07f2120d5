  // The core behind AXI4-Lite registers and an AXI4-Stream of pixels.
@@{axi_registers}
    .s_axis_tdata(pixel[23:0]),
    .s_axis_tvalid(pixel_valid),
    .s_axis_tready(pixel_ready),
    .s_axis_tlast(pixel[24]),@@{trace_ports}
    .interrupt(interrupt)
  );

@@{axi_accesses}

  task run(input [15:0] entry, input [31:0] patience);
    begin
      sending <= 1;
      write_register(@@{entry}, {16'h0, entry});
      write_register(@@{control}, 1);
      wait_for_interrupt(patience);
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

