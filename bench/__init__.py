"""Figures that must not change unnoticed, and how to record them again."""
