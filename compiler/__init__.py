"""From a network, an accelerator and weights to a program: every step, every address, every cycle."""
