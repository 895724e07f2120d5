"""The fifth pass: it selects the steps of every group, each with its instruction, cycles and writes."""
