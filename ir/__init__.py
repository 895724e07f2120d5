"""Networks as data: numerics, layers, the catalogue, patches, weights.

Every other package derives its sizes from this one. It needs only NumPy.
"""
