"""Recorded figures that must not change unnoticed, and the commands that record them."""
