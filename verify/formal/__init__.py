"""Proofs about the RTL, by SMT: what must hold is written as assertions beside a block, for all inputs."""
