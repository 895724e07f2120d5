"""The machine: sizes of the accelerator, its instruction set, its error codes, the messages of the serial
link, and the resources of an ECP5.
"""
