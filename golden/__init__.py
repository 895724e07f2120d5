"""The bit-exact definition of the network in NumPy integers: one file per block, without torch.

Maps are INT8 (height, width, channels). Each ``accumulate`` returns exact integers in a float32 or float64
array that is wide enough for them (:mod:`siammixer.golden.accumulator`), because BLAS is the fastest integer
matrix product that NumPy has. docs/numerics.md gives the same definition in prose, and the speed.
"""
