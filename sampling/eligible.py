"""Who can be drawn: one dossier a person, and only persons whom the contact rule leaves free."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling.arrays import Floats, Ints, Texts
from sampling.contacts import contacts
from sampling.coordination import one_dossier, permanent_random_numbers
from sampling.errors import FrameError, HistoryError, RefusalError
from sampling.frame import Frame
from sampling.plan import Plan


@dataclass(frozen=True)
class Eligible:
    """The rows that can be drawn, with what happened before the draw: one dossier kept of `multiplicity`,
    the person free with `free_probability`; and the rows of persons `barred` by the contact rule."""

    frame: Frame
    multiplicity: Ints
    free_probability: Floats
    barred: Frame
    unreachable: Ints


def prepare(frame: Frame, plan: Plan, seed: str, history: pd.DataFrame | None) -> Eligible:
    """Keep one dossier a person, then the persons whom the contact rule leaves free.

    Parameters
    ----------
    frame : Frame
    plan : Plan
    seed : str
    history : DataFrame, optional

    Returns
    -------
    Eligible

    Raises
    ------
    HistoryError
        If the plan needs a history and none is given, or the other way round.
    RefusalError
        If persons are beyond reach and the plan says to fail.

    Examples
    --------
    See `sampling.draw.draw`.
    """
    multiplicity = np.ones(len(frame.ids), dtype=np.int64)
    if plan.person:
        second = permanent_random_numbers(frame.ids, f"{seed}|person")
        keep, m = one_dossier(frame.complete(plan.person), second)
        frame, multiplicity = frame.keep(keep), m[keep]
    rule = plan.coordinate
    if rule is None or rule.mode != "history":
        if history is not None:
            raise HistoryError("history", "is given, but the plan does not coordinate by history")
        nobody = frame.keep(np.zeros(len(frame.ids), dtype=bool))
        return Eligible(frame, multiplicity, np.ones(len(frame.ids)), nobody, nobody.counts())
    if history is None:
        raise HistoryError("history", "is needed by the plan's `coordinate`")
    found = contacts(
        _distinct_persons(frame, rule.key),
        history,
        rule.key,
        drop_impossible=rule.on_impossible == "allow",
        gap_days=rule.gap_days,
    )
    unreachable = frame.counts_of(found.is_unreachable)
    if rule.on_impossible == "fail" and unreachable.any():
        key = frame.strata[int(np.flatnonzero(unreachable)[0])]
        raise RefusalError(
            "coordinate.on_impossible",
            f"{unreachable.sum()} persons were invited with certainty inside the gap and cannot be reached "
            f"(first in stratum {key!r}); `allow` drops the rule for them",
        )
    free = found.is_free
    return Eligible(
        frame.keep(free), multiplicity[free], found.free_probability[free], frame.keep(~free), unreachable
    )


def _distinct_persons(frame: Frame, key: str) -> Texts:
    persons = frame.complete(key)
    repeated = pd.Index(persons).duplicated()
    if repeated.any():
        raise FrameError(
            f"column `{key}`",
            f"{persons[repeated][0]!r} has several dossiers; a contact rule needs `person` in the plan",
        )
    return persons


def row_numbers(frame: Frame, plan: Plan, seed: str) -> Floats:
    """Permanent number of each row: of its person when waves are coordinated, else of its id."""
    keys = frame.complete(plan.coordinate.key) if plan.coordinate else frame.ids
    return permanent_random_numbers(keys, seed)
