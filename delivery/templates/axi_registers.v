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
