"""The shipped weights, one archive a network (siammixer.ir.weights)."""
