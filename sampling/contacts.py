"""Contact rules across waves as design events: who may be asked, and with what probability they may."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling.arrays import Bools, Floats, Texts
from sampling.canonical import hash_rows, texts
from sampling.errors import HistoryError

HISTORY_COLUMNS = ("p", "invited")


@dataclass(frozen=True)
class Contacts:
    """What earlier frames mean for N persons of this one: may they be asked, and with what probability."""

    is_free: Bools
    free_probability: Floats
    is_unreachable: Bools


def contacts(
    persons: Texts,
    history: pd.DataFrame,
    key: str,
    *,
    drop_impossible: bool = False,
    gap_days: int | None = None,
) -> Contacts:
    """Freedom of each person under a rule of at most one invitation inside the gap.

    Parameters
    ----------
    persons : (N,) array of str
        Pseudonyms of the present frame.
    history : DataFrame
        One row per person of every earlier frame inside the gap: `key`, `p` (probability of being invited,
        given free then; 0 if they could not be), `invited` 0/1; `invited_on` is checked where there is one.
    key : str
        Column of the pseudonyms in `history`.
    drop_impossible : bool
        True: persons with some p = 1 are treated as if they had no history; False: they stay out.
    gap_days : int, optional
        Length of the gap: dates in `history` may not lie further apart.

    Returns
    -------
    Contacts
        `free_probability` = Π(1 − p_k) over the person's rows; `is_unreachable` where some p_k = 1.

    Raises
    ------
    HistoryError
        If a column is missing, p lies outside [0, 1], `invited` is not 0 or 1, p = 0 was invited, a date is
        none, or a frame outside the gap was left in.

    Notes
    -----
    Valid when the draws of the earlier frames were independent of this one given who was free, that is,
    when each wave has its own seed. With one permanent number for all waves it would not be: those who are
    free would be exactly those with the larger numbers.

    A person barred from an earlier frame could not be invited then: p is 0 in what `sampling.draw` writes.
    With the p they would have had if free, the product would be too small once the wave that barred them
    has left the gap.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992). Model Assisted Survey Sampling, section 9.3 (π* of selection
       in phases).

    Examples
    --------
    >>> past = pd.DataFrame({"person": ["p", "q"], "p": [0.25, 0.5], "invited": [0, 1]})
    >>> c = contacts(np.array(["p", "q", "r"], object), past, "person")
    >>> c.is_free.tolist(), c.free_probability.tolist()
    ([True, False, True], [0.75, 0.5, 1.0])
    """
    names, p, invited = _checked(history, key, gap_days)
    codes, distinct = pd.factorize(np.concatenate([persons, names]))
    mine, theirs = codes[: len(persons)], codes[len(persons) :]
    was_invited = np.bincount(theirs, weights=invited, minlength=len(distinct)) > 0
    certain = np.bincount(theirs, weights=p >= 1.0, minlength=len(distinct)) > 0
    free = np.ones(len(distinct))
    np.multiply.at(free, theirs, 1.0 - p)
    if drop_impossible:
        is_free, free = ~was_invited | certain, np.where(certain, 1.0, free)
    else:
        is_free = ~was_invited & ~certain
    return Contacts(is_free[mine], free[mine], certain[mine])


def history_hash(history: pd.DataFrame) -> str:
    """SHA-256 of a history, rows and columns in any order."""
    written = pd.DataFrame({name: texts(history[name]) for name in sorted(history.columns)})
    order = written.sort_values(list(written.columns)).index.to_numpy(dtype=np.int64)
    return hash_rows(history, order)


def _checked(history: pd.DataFrame, key: str, gap_days: int | None) -> tuple[Texts, Floats, Floats]:
    """Persons, p and invited, in an order that does not depend on that of the file."""
    for column in (key, *HISTORY_COLUMNS):
        if column not in history.columns:
            raise HistoryError(f"column `{column}`", "is missing")
    names = texts(history[key])
    p, invited = (pd.to_numeric(history[c], errors="coerce").to_numpy(np.float64) for c in HISTORY_COLUMNS)
    rules = (
        ("p", "must lie in [0, 1]", ~((p >= 0) & (p <= 1))),
        ("invited", "must be 0 or 1", ~np.isin(invited, (0.0, 1.0))),
        ("p", "is 0, yet the person was invited", (p == 0) & (invited == 1)),
        (key, "must not be empty", names == ""),
    )
    for column, rule, bad in rules:
        if bad.any():
            raise HistoryError(f"row {int(np.flatnonzero(bad)[0]) + 1}, column `{column}`", rule)
    if gap_days is not None and "invited_on" in history.columns:
        _check_dates(texts(history["invited_on"]), gap_days)
    order = np.lexsort((invited, p))
    return names[order], p[order], invited[order]


def _check_dates(written: Texts, gap_days: int) -> None:
    dates = pd.Series(pd.to_datetime(pd.Series(written), format="%Y-%m-%d", errors="coerce"))
    wrong = np.flatnonzero(dates.isna().to_numpy() & (written != ""))
    if len(wrong):
        raise HistoryError(f"row {wrong[0] + 1}, column `invited_on`", f"{written[wrong[0]]!r} is no ISO date")
    age = (dates.max() - dates).dt.days
    old = np.flatnonzero((age > gap_days).to_numpy())
    if len(old):
        raise HistoryError(
            f"row {old[0] + 1}, column `invited_on`",
            f"lies {int(age[old[0]])} days before the latest, outside a gap of {gap_days}: leave that frame out",
        )
