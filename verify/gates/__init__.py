"""What leaves the project, netlist and exported Verilog, against what was verified."""
