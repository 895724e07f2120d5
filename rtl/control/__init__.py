"""Control: instructions, addresses, and what ends a run early."""
