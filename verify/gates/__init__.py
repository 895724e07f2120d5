"""Checks of netlist and exported Verilog, of what leaves the project, against what was verified."""
