"""The technologies: multipliers, block RAMs and logic RAMs of a target, chosen once by whoever builds the
hardware.
"""
