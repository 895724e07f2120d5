"""What is computed and with what: numerics, networks, accelerators, schedule, weights file.

Everything else in the project is derived from this package. It needs nothing but NumPy.
"""
