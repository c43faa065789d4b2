"""Texts that people read, kept in files: `make golden` writes them anew, the diff is reviewed."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def same_as_golden(text: str, name: str) -> bool:
    """Whether `text` is what the file holds; with THUOCDO_TEST_GOLDEN=write the file takes it over."""
    path = HERE / name
    if os.environ.get("THUOCDO_TEST_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return path.exists() and path.read_text(encoding="utf-8") == text
