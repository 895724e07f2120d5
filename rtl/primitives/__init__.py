"""Building blocks that every part uses: memories, multipliers, queues, delays, rounding."""
