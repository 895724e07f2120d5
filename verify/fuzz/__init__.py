"""Random networks, run on every engine and compared to the bit. A network that differs is shrunk."""
