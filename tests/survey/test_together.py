"""Rows that wait together are committed together; authority: each `add` returns or raises for its own row only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from survey.services.messaging.together import Row, Together


class Table:
    """Remembers its commits; the first stands still until it is let go; a row called "bad" cannot be kept."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.began, self.go = Event(), Event()

    def write(self, rows: list[Row]) -> None:
        names = [row["name"] for row in rows]
        if not self.began.is_set():
            self.began.set()
            assert self.go.wait(10)
        if "bad" in names:
            raise ValueError("bad")
        self.commits.append(names)


def stored(names: list[str]) -> tuple[Table, dict[str, BaseException | None]]:
    """The first of the names is being written while the others come."""
    table = Table()
    together = Together(table.write)
    with ThreadPoolExecutor(len(names)) as pool:
        futures = {names[0]: pool.submit(together.add, {"name": names[0]})}
        assert table.began.wait(10)
        futures |= {name: pool.submit(together.add, {"name": name}) for name in names[1:]}
        while len(together._waiting) < len(names) - 1:
            pass
        table.go.set()
    return table, {name: future.exception() for name, future in futures.items()}


def test_those_who_came_during_a_commit_share_the_next() -> None:
    table, ends = stored(["a", "b", "c", "d"])
    assert [sorted(commit) for commit in table.commits] == [["a"], ["b", "c", "d"]]
    assert set(ends.values()) == {None}


def test_one_that_cannot_be_kept_takes_nobody_with_it() -> None:
    table, ends = stored(["a", "b", "bad", "c"])
    assert sorted(name for commit in table.commits for name in commit) == ["a", "b", "c"]
    assert {name for name, end in ends.items() if end is not None} == {"bad"}


def test_a_single_row_is_written_at_once() -> None:
    table = Table()
    table.go.set()
    Together(table.write).add({"name": "a"})
    assert table.commits == [["a"]]


def test_an_error_is_raised_where_the_row_came_from() -> None:
    table = Table()
    table.go.set()
    with pytest.raises(ValueError, match="bad"):
        Together(table.write).add({"name": "bad"})
