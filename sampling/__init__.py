"""Probability sampling of dossiers and persons: frames, allocation, selection, coordination, replay.

Pure: numpy, pandas and scipy only. `sampling.files` and `python -m sampling` alone touch the disk.
"""

ALGORITHM = "thuoc-do-sampling"
"""Name written into every summary; together with `ALGORITHM_VERSION` it fixes what a seed means."""

ALGORITHM_VERSION = "1"
"""Raised whenever the same frame, plan and seed would give another sample; `replay` refuses the others."""
