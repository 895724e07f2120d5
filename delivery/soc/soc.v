// A system for simulation: PicoRV32, memory, a DMA for pixels, and the core behind AXI.
//
//   0x00000000  memory, from the file of +ram=FILE (hexadecimal words)
//   0x40000000  the core's registers
//   0x50000000  DMA: 0 address in bytes, 4 count of pixels (writing it starts), 8 stop; 0 reads whether it is busy
//   0x60000000  0 ends the simulation with a code, 4 logs a word; 0 reads how many accesses the core refused
module soc #(
    parameter RAM_WORDS = 1 << 20
) (
    input             clk,
    input             resetn,
    output reg        log_valid,
    output reg [31:0] log_word,
    output reg        exit_valid,
    output reg [31:0] exit_code,
    output            trap
);
  wire mem_valid, mem_instr, core_ready;
  wire [31:0] mem_addr, mem_wdata, core_rdata;
  wire [3:0] mem_wstrb;
  reg local_ready;
  reg [31:0] local_rdata;

  wire to_core = mem_addr[31:28] == 4'h4;
  wire mem_ready = to_core ? core_ready : local_ready;

  picorv32 #(
      .BARREL_SHIFTER (1),
      .ENABLE_FAST_MUL(1),
      .ENABLE_DIV     (1)
  ) cpu (
      .clk        (clk),
      .resetn     (resetn),
      .trap       (trap),
      .mem_valid  (mem_valid),
      .mem_instr  (mem_instr),
      .mem_ready  (mem_ready),
      .mem_addr   (mem_addr),
      .mem_wdata  (mem_wdata),
      .mem_wstrb  (mem_wstrb),
      .mem_rdata  (to_core ? core_rdata : local_rdata),
      .pcpi_wr    (1'b0),
      .pcpi_rd    (32'b0),
      .pcpi_wait  (1'b0),
      .pcpi_ready (1'b0),
      .irq        (32'b0)
  );

  // The core on its bus.
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready, interrupt;
  wire [31:0] awaddr, wdata, araddr, rdata;
  wire [2:0] awprot, arprot;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  reg [23:0] pixel;
  reg pixel_valid, pixel_last;
  wire pixel_ready;

  picorv32_axi_adapter adapter (
      .clk            (clk),
      .resetn         (resetn),
      .mem_axi_awvalid(awvalid),
      .mem_axi_awready(awready),
      .mem_axi_awaddr (awaddr),
      .mem_axi_awprot (awprot),
      .mem_axi_wvalid (wvalid),
      .mem_axi_wready (wready),
      .mem_axi_wdata  (wdata),
      .mem_axi_wstrb  (wstrb),
      .mem_axi_bvalid (bvalid),
      .mem_axi_bready (bready),
      .mem_axi_arvalid(arvalid),
      .mem_axi_arready(arready),
      .mem_axi_araddr (araddr),
      .mem_axi_arprot (arprot),
      .mem_axi_rvalid (rvalid),
      .mem_axi_rready (rready),
      .mem_axi_rdata  (rdata),
      .mem_valid      (mem_valid && to_core),
      .mem_instr      (mem_instr),
      .mem_ready      (core_ready),
      .mem_addr       (mem_addr),
      .mem_wdata      (mem_wdata),
      .mem_wstrb      (mem_wstrb),
      .mem_rdata      (core_rdata)
  );

  siammixer_axi core (
      .aclk         (clk),
      .aresetn      (resetn),
      .s_axi_awaddr (awaddr[11:0]),
      .s_axi_awprot (awprot),
      .s_axi_awvalid(awvalid),
      .s_axi_awready(awready),
      .s_axi_wdata  (wdata),
      .s_axi_wstrb  (wstrb),
      .s_axi_wvalid (wvalid),
      .s_axi_wready (wready),
      .s_axi_bresp  (bresp),
      .s_axi_bvalid (bvalid),
      .s_axi_bready (bready),
      .s_axi_araddr (araddr[11:0]),
      .s_axi_arprot (arprot),
      .s_axi_arvalid(arvalid),
      .s_axi_arready(arready),
      .s_axi_rdata  (rdata),
      .s_axi_rresp  (rresp),
      .s_axi_rvalid (rvalid),
      .s_axi_rready (rready),
      .s_axis_tdata (pixel),
      .s_axis_tvalid(pixel_valid),
      .s_axis_tready(pixel_ready),
      .s_axis_tlast (pixel_last),
      .interrupt    (interrupt)
  );

  reg [31:0] refused;
  always @(posedge clk)
    if (!resetn) refused <= 0;
    else refused <= refused + (bvalid && bready && bresp != 0) + (rvalid && rready && rresp != 0);

  // Memory, DMA and what else the processor reaches in one cycle.
  reg [31:0] ram[0:RAM_WORDS-1];
  reg [1023:0] ram_file;
  initial if ($value$plusargs("ram=%s", ram_file)) $readmemh(ram_file, ram);

  localparam RAM_BITS = $clog2(RAM_WORDS);
  wire access = mem_valid && !to_core && !local_ready;
  wire write = access && mem_wstrb != 0;
  wire to_ram = mem_addr[31:28] == 0, to_dma = mem_addr[31:28] == 5, to_exit = mem_addr[31:28] == 6;
  wire [RAM_BITS-1:0] place = mem_addr[RAM_BITS+1:2];
  reg [RAM_BITS-1:0] source;
  reg [31:0] left;
  wire dma_busy = left != 0 || pixel_valid;

  integer i;
  always @(posedge clk) begin
    local_ready <= access;
    log_valid   <= write && to_exit && mem_addr[2];
    log_word    <= mem_wdata;
    if (write && to_ram)
      for (i = 0; i < 4; i = i + 1) if (mem_wstrb[i]) ram[place][8*i+:8] <= mem_wdata[8*i+:8];
    if (access) local_rdata <= to_ram ? ram[place] : to_dma ? {31'b0, dma_busy} : refused;
    if (write && to_exit && !mem_addr[2]) begin
      exit_valid <= 1;
      exit_code  <= mem_wdata;
    end
    if (!pixel_valid || pixel_ready) begin
      pixel_valid <= left != 0;
      pixel       <= ram[source][23:0];
      pixel_last  <= left == 1;
      if (left != 0) begin
        source <= source + 1;
        left   <= left - 1;
      end
    end
    if (write && to_dma) begin
      if (mem_addr[3:2] == 0) source <= mem_wdata[RAM_BITS+1:2];
      if (mem_addr[3:2] == 1) left <= mem_wdata;
      if (mem_addr[3:2] == 2) left <= 0;
    end
    if (!resetn) begin
      local_ready <= 0;
      log_valid   <= 0;
      exit_valid  <= 0;
      left        <= 0;
      pixel_valid <= 0;
    end
  end
endmodule
