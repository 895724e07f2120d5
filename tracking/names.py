"""The names that options of tracking accept; light, so that ``--help`` can list them without NumPy.

What stands behind a name is said beside it: tests/tracking/test_names.py holds the tables to these lists.
"""

ENGINES = ("golden", "float", "rtl", "fabric", "board")
"""An engine computes the network: :class:`siammixer.tracking.engine.Engine`."""
BENCHMARKS = ("otb", "uav123", "got10k", "lasot", "vot")
"""Data sets with rules of evaluation (:data:`siammixer.tracking.metrics.RULES`) and a format of results."""
BASELINES = ("static", "ncc", "kcf", "mil", "csrt")
"""Trackers to compare with: :data:`siammixer.tracking.baselines.TRACKERS`."""
