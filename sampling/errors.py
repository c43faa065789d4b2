"""What can be wrong, in the terms of the file it stands in."""

from collections.abc import Sequence
from pathlib import Path


class SamplingError(ValueError):
    """Input that breaks a rule; `where` names the key, column or row, `source` the kind of file."""

    source = "plan"

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class PlanError(SamplingError):
    """A plan that cannot be read: unknown key, wrong type, value out of range."""


class FrameError(SamplingError):
    """A frame that cannot be drawn from: missing column, repeated id, negative size."""

    source = "frame"


class HistoryError(SamplingError):
    """A contact history that cannot be used."""

    source = "history"


class RefusalError(SamplingError):
    """A well-formed request that statistics refuse: infeasible bounds, more units than there are."""


class FileError(ValueError):
    """A file that cannot be read or written; `where` is the row, byte or key."""

    def __init__(self, path: Path | str, where: str, what: str) -> None:
        super().__init__(f"{path}: {where}: {what}")
        self.path, self.where, self.what = str(path), where, what


def check_header(path: Path, header: Sequence[str]) -> None:
    """Every column has a name, and no two the same."""
    if not header:
        raise FileError(path, "header", "is missing")
    seen: set[str] = set()
    for i, name in enumerate(header, start=1):
        if not name.strip():
            raise FileError(path, "header", f"column {i} has no name")
        if name in seen:
            raise FileError(path, "header", f"names the column {name!r} twice")
        seen.add(name)
