"""What an import says afterwards: counts, and each row that stayed out with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forms.phone import mask

SHOWN_LENGTH = 60
_PHONE_LIKE = re.compile(r"[+(]?\d[\d\s.()oO-]{7,17}")


@dataclass(frozen=True)
class Rejection:
    """A row that was not taken. `code` is for machines, `reason` (Vietnamese) for people."""

    row: int
    column: str
    value: str
    code: str
    reason: str


class RowError(Exception):
    """Raised inside the reading of one row; becomes a `Rejection`."""

    def __init__(self, column: str, value: object, code: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.code = code
        self.reason = reason

    def at(self, row: int) -> Rejection:
        return Rejection(row, self.column, shown(self.value), self.code, self.reason)


@dataclass
class ImportReport:
    """`read` = new + changed + unchanged + rejected. `flagged` rows were taken, but want a look."""

    file: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    flagged: list[Rejection] = field(default_factory=list)
    dry_run: bool = False

    def counts(self) -> dict[str, int]:
        """The numbers alone, for the audit log."""
        return {
            "read": self.read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
            "flagged": len(self.flagged),
        }


def shown(value: object) -> str:
    """A cell as a report may show it: short, and masked where it could be a phone in the wrong column.

    >>> shown("0905 123 456"), shown("H57.16-260701-0001"), shown("99")
    ('09xx***456', 'H57.16-260701-0001', '99')
    """
    text = "" if value is None else str(value)
    if _PHONE_LIKE.fullmatch(text.strip()) and not _is_moment(text.strip()):
        return mask(text)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def _is_moment(text: str) -> bool:
    return bool(re.fullmatch(r"(19|20)\d{6}(\d{6})?|\d{4}-\d{2}-\d{2}|\d{1,2}-\d{1,2}-\d{4}", text))
