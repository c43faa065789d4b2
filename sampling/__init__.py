"""Probability sampling of dossiers and persons: frames, allocation, selection, coordination, replay.

Pure: numpy, pandas and scipy only. `sampling.files` and `python -m sampling` alone touch the disk.

Every random number is `coordination.permanent_random_numbers(keys, seed)`, so that a draw can be repeated
with nothing but the frame, the plan and the seed, in any language:

===========================  ====================  =============================================
number                       keys                  seed
===========================  ====================  =============================================
u of a row                   its id, or person     seed
which dossier a person keeps  its id               seed|person
replicate of a sampled row   its id                seed|replicate (its start: key "", …|start)
u of a unit above the rows   its path, by "|"      seed|name of its column
start of a systematic draw   its stratum or parent  seed|start|name of the unit's column
stream of sampford and cube  its stratum or parent  seed|stream|name of the unit's column
row of a rolling day         its id                seed|day (its person's choice: …|person)
===========================  ====================  =============================================
"""

ALGORITHM = "thuoc-do-sampling"
"""Name written into every summary; together with `ALGORITHM_VERSION` it fixes what a seed means."""

ALGORITHM_VERSION = "1"
"""Raised whenever the same frame, plan and seed would give another sample; `replay` refuses the others."""
