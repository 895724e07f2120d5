"""The tracker in the fabric: a small machine, and the program that follows docs/numerics.md."""
