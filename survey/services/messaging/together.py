"""Rows of threads that wait at the same moment, with one commit: a storm does not cost one for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

Row = dict[str, Any]


@dataclass(eq=False)
class _Ticket:
    row: Row
    is_written: bool = False
    error: Exception | None = None


class Together:
    """`add` returns when its row is committed; whoever has the turn writes for all who have come meanwhile."""

    def __init__(self, write: Callable[[list[Row]], None]) -> None:
        """`write` adds rows and commits; when it raises, it has rolled back."""
        self._write = write
        self._waiting: list[_Ticket] = []
        self._gate, self._turn = Lock(), Lock()

    def add(self, row: Row) -> None:
        """Raises what writing this row raised: one that cannot be written does not take the others with it."""
        mine = _Ticket(row)
        with self._gate:
            self._waiting.append(mine)
        with self._turn:
            if not mine.is_written:
                with self._gate:
                    tickets, self._waiting = self._waiting, []
                self._write_all(tickets)
        if mine.error is not None:
            raise mine.error

    def _write_all(self, tickets: list[_Ticket]) -> None:
        try:
            self._write([ticket.row for ticket in tickets])
        except Exception as exc:  # noqa: BLE001 -- each ticket raises its own in its own thread
            for ticket in tickets:
                ticket.error = exc if len(tickets) == 1 else self._alone(ticket.row)
        for ticket in tickets:
            ticket.is_written = True

    def _alone(self, row: Row) -> Exception | None:
        try:
            self._write([row])
        except Exception as exc:  # noqa: BLE001 -- as above
            return exc
        return None
