"""What checks the checkers: proofs, random networks, deliberate faults, evaluators from outside."""
