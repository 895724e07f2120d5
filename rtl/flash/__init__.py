"""The loader of weights and programs from a board's SPI flash."""
