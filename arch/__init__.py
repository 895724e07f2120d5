"""The machine: sizes of the accelerator, its instruction set, its errors, the serial link's messages, and
what an ECP5 has.
"""
