"""The peak of memory of this process."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mb() -> float:
    """High-water mark of this program; `ru_maxrss` would keep the mark of the parent across exec."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("no VmHWM in /proc/self/status")
    return int(found.group(1)) / 1024
