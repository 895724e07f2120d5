"""Proofs about the RTL with an SMT solver. Assertions beside a block state what must hold for all inputs."""
