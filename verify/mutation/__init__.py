"""Deliberate faults of one line each. The tests that guard a block must fail when the block is broken."""
