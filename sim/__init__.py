"""Simulation: Amaranth to Verilog, Verilog to a fast simulator, whole runs through it.

``verilog`` converts a component, ``build`` compiles it with the harness, ``run`` executes runs and
reads what they recorded; ``native`` and ``engine`` are the fast way that records
less. ``block`` drives single components in Amaranth's own simulator.
"""
