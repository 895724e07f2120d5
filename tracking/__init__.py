"""From video to crops and back to boxes: the same for every engine."""
