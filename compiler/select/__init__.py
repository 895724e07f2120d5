"""The fourth pass: groups of operators into steps, each an instruction with its cycles and its writes."""
