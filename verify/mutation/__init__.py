"""Deliberate faults, one line each: the tests that guard a block must fail where the block is broken."""
