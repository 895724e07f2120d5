"""Networks as data: numerics, layers, the catalogue, patches, weights.

Everything else is derived from this package. It needs nothing but NumPy.
"""
