"""A part of the method annex, whatever it is shown in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A heading, its paragraphs and, where there is one, a table whose first row is its header."""

    key: str
    title: str
    paragraphs: tuple[str, ...]
    table: tuple[tuple[str, ...], ...] = ()
