"""The float twin in PyTorch: layers, variants, BatchNorm folding, and the way back from integers."""
