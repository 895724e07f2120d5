"""The bit-exact definition of the network in NumPy integers: one file a block, no torch.

Maps are INT8, (height, width, channels). Each ``accumulate`` returns exact integers, held in a float32 or
float64 array wide enough for them (:mod:`siammixer.golden.accumulator`), because BLAS is the fastest integer
matrix product NumPy has. docs/numerics.md is the same definition in prose, and says how fast it is.
"""
