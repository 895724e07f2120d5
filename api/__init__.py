"""A Siamese MLP-Mixer visual tracker from PyTorch to FPGA, with the same bits at every step."""

from importlib.metadata import version

__version__ = version("siammixer")
