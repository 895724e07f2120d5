"""Golden confirmed from outside: the network as ONNX, run by two evaluators that are not ours."""
