"""Simulation: Amaranth to Verilog, Verilog to a fast simulator, whole runs through it.

``verilog`` converts a component, ``build`` compiles it with the harness, ``run`` executes runs and
reads what they recorded. ``block`` drives single components in Amaranth's own simulator.
"""
