"""Verification beyond the tests: proofs, random networks, deliberate faults, and evaluators from outside."""
