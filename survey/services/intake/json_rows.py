"""JSON exports object by object: a list, or the list under `data`; the file is never held whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

CHUNK = 1 << 18
_SPACE = " \t\r\n"


class NotAListError(ValueError):
    """The file is JSON, but no list of objects."""


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in order.

    Raises
    ------
    json.JSONDecodeError
        Whose `lineno` and `colno` are those of the file.
    NotAListError
        If there is no list, or something else than objects in it.
    """
    with path.open(encoding="utf-8-sig") as file:
        reader = _Reader(file)
        _find_list(reader)
        while reader.peek() != "]":
            found = reader.value()
            if not isinstance(found, dict):
                raise NotAListError
            yield found
            if reader.peek() == ",":
                reader.take(",")
                if reader.peek() == "]":
                    reader.fail("Illegal trailing comma")
            elif reader.peek() != "]":
                reader.fail("Expecting ',' delimiter")


def _find_list(reader: _Reader) -> None:
    """Past the bracket that opens the list; members before `data` are read and dropped."""
    if reader.peek() == "{":
        reader.take("{")
        while reader.value() != "data":
            reader.take(":")
            reader.value()
            if reader.peek() != ",":
                raise NotAListError
            reader.take(",")
        reader.take(":")
    if reader.peek() != "[":
        raise NotAListError
    reader.take("[")


class _Reader:
    """A window on the text; `lines` and `column` say where its first character stands in the file."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._text, self._place = file, "", 0
        self._lines, self._column = 0, 0
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._place < len(self._text):
                if self._text[self._place] not in _SPACE:
                    return self._text[self._place]
                self._place += 1
            if not self._more():
                return ""

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            self.fail(f"Expecting {mark!r}")
        self._place += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                found, end = self._decode(self._text, self._place)
            except json.JSONDecodeError as exc:
                if not self._more():
                    self.fail(exc.msg, exc.pos)
                continue
            except RecursionError:
                self.fail("Nested too deeply")
            if end < len(self._text) or not self._more():  # a number could go on in the next chunk
                self._place = end
                return found

    def fail(self, message: str, place: int | None = None) -> None:
        """Raise a JSONDecodeError that counts lines from the start of the file."""
        error = json.JSONDecodeError(message, self._text, self._place if place is None else place)
        if error.lineno == 1:
            error.colno += self._column
        error.lineno += self._lines
        raise error

    def _more(self) -> bool:
        chunk = self._file.read(CHUNK)
        done = self._text[: self._place]
        if "\n" in done:
            self._lines, self._column = self._lines + done.count("\n"), len(done.rpartition("\n")[2])
        else:
            self._column += len(done)
        self._text, self._place = self._text[self._place :] + chunk, 0
        return bool(chunk)
