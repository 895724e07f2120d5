// The tracker behind AXI, for cocotb: shows clock and buses to Python, which drives them all.
module axi_tracker_harness ();
  logic aclk = 0, aresetn = 0;
  logic [11:0] s_axi_awaddr, s_axi_araddr;
  logic [2:0] s_axi_awprot, s_axi_arprot;
  logic [31:0] s_axi_wdata;
  wire [31:0] s_axi_rdata;
  logic [3:0] s_axi_wstrb;
  wire [1:0] s_axi_bresp, s_axi_rresp;
  logic s_axi_awvalid = 0, s_axi_wvalid = 0, s_axi_bready = 0, s_axi_arvalid = 0, s_axi_rready = 0;
  wire s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid;
  logic [23:0] s_axis_video_tdata;
  logic s_axis_video_tvalid = 0, s_axis_video_tuser = 0, s_axis_video_tlast = 0;
  wire s_axis_video_tready;
  wire interrupt;

  siammixer_tracker tracker (.*);
endmodule
