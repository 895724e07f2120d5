`timescale 1ns / 1ps
module @@{prefix}_tb;
`include "@@{prefix}_expected.vh"

  reg clk = 0;
  always #5 clk = ~clk;

  // Words of the images: @@{word_note}
  reg [103:0] weights [0:WEIGHTS - 1];
  reg [103:0] template_program [0:TEMPLATE_PROGRAM - 1];
  reg [103:0] search_program [0:SEARCH_PROGRAM - 1];

  integer failures = 0;
  integer place;
  integer count;
  reg [31:0] sum;
  reg [31:0] found = 0;
  reg timed_out = 0;

  // How far it is, every 50,000 cycles: some simulators take an hour for a large network.
  integer elapsed = 0;
  always @(posedge clk) begin
    elapsed <= elapsed + 1;
    if (elapsed % 50000 == 49999) begin
      $write("cycle %0d: ", elapsed + 1);
      say_progress;
      $fflush;
    end
  end
