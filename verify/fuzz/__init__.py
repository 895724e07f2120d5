"""Networks nobody planned: drawn, run on every engine, compared to the bit, and shrunk where they differ."""
