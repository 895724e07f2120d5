"""The float twin in PyTorch: model, training pairs, training, BatchNorm folding, quantisation, validation."""
