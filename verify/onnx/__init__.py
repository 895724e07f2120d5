"""Confirmation of golden from outside: two independent evaluators run the network as ONNX."""
