"""The rolling wave: a fixed fraction of each stratum, drawn every day from what was completed that day."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling import ALGORITHM, ALGORITHM_VERSION
from sampling.arrays import Bools, Floats, Ints
from sampling.contacts import contacts
from sampling.coordination import one_dossier, permanent_random_numbers
from sampling.errors import PlanError
from sampling.frame import Frame, check_frame
from sampling.plan import Plan, Reserve, Stage
from sampling.selection import srs


@dataclass(frozen=True)
class RollingPlan:
    """What stays the same all wave: columns, the fraction of every stratum (or one for all), the person."""

    id: str
    strata: tuple[str, ...]
    fraction: float | Mapping[str, float]
    person: str


@dataclass(frozen=True)
class DayDraw:
    """`sample`: the units drawn this day. `history`: one row per person of this day's frame (person, p,
    invited, invited_on), to be handed to every later day. `summary`: what is needed to draw it again."""

    sample: pd.DataFrame
    history: pd.DataFrame
    summary: Mapping[str, object]


def draw_day(
    frame: pd.DataFrame, plan: RollingPlan, seed: str, *, day: str, history: pd.DataFrame | None = None
) -> DayDraw:
    """Draw one day of a rolling wave.

    Parameters
    ----------
    frame : DataFrame
        Dossiers completed this day, one row each; at least one.
    plan : RollingPlan
    seed : str
        The wave's seed, the same every day.
    day : str
        ISO date; makes the random numbers of one day independent of those of the others.
    history : DataFrame, optional
        The `history` of all earlier days of the wave, one below the other. Rows of earlier waves that
        still bar a person may be added.

    Returns
    -------
    DayDraw

    Raises
    ------
    PlanError
        If a stratum of the frame has no fraction, or one outside (0, 1].
    FrameError, HistoryError
        As in `sampling.draw.draw`.

    Notes
    -----
    Rule: a person is asked once a wave. On each day (1) of the m dossiers a person completed that day one
    is kept, at random; (2) persons asked before in the wave are out; (3) of the N free persons of a
    stratum ⌊fN + r⌋ are drawn by simple random sampling, r uniform on [0, 1).

    Since E⌊fN + r⌋ = fN, a free person is drawn with probability f exactly, whatever happened before, and
    the number of the day is within one of fN. A person present on days 1 … j with fractions f_1 … f_j is
    still free on day j with probability Π_{k<j} (1 − f_k), so

        inclusion_probability = f_j Π_{k<j} (1 − f_k),   base_weight = m / inclusion_probability,

    known on the day, without waiting for the wave to end. Totals over all dossiers of the wave are
    unbiased, as every dossier can be drawn while f < 1. In a stratum with f = 1 the later dossiers of a
    person cannot be reached: they are counted as `uncovered`.

    Neither selection by the person's permanent number with the first dossier asked (later dossiers would
    have probability 0) nor a systematic start carried from day to day (who is free would then depend on
    the start) has both properties. Numbers are keyed by dossier id and day, and are not permanent.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992). Model Assisted Survey Sampling, section 4.3 (selection in
       phases).

    Examples
    --------
    >>> plan = RollingPlan("code", (), 0.5, "person")
    >>> today = pd.DataFrame({"code": ["a", "b", "c", "d"], "person": ["p", "q", "r", "s"]})
    >>> made = draw_day(today, plan, "wave-1", day="2026-01-05")
    >>> made.sample["base_weight"].tolist(), made.history["p"].tolist()
    ([2.0, 2.0], [0.5, 0.5, 0.5, 0.5])
    """
    whole = check_frame(frame, _one_stage(plan))
    fraction = _fractions(plan.fraction, whole.strata)
    second = permanent_random_numbers(whole.ids, f"{seed}|{day}|person")
    keep, multiplicity = one_dossier(whole.complete(plan.person), second)
    kept, multiplicity = whole.keep(keep), multiplicity[keep]
    persons = kept.complete(plan.person)
    past = history if history is not None else pd.DataFrame({plan.person: [], "p": [], "invited": []})
    found = contacts(persons, past, plan.person)
    free = kept.keep(found.is_free)
    taken = _take(free, fraction, f"{seed}|{day}")
    invited = np.zeros(len(persons), dtype=np.int64)
    invited[np.flatnonzero(found.is_free)[taken]] = 1
    drawn = _Drawn(free, fraction, taken, multiplicity[found.is_free], found.free_probability[found.is_free])
    own_history = pd.DataFrame(
        {plan.person: persons, "p": fraction[kept.stratum] * found.is_free, "invited": invited, "invited_on": day}
    )
    summary = _summary(kept, drawn, found.is_unreachable) | {
        "seed": seed,
        "day": day,
        "frame_sha256": whole.sha256,
    }
    return DayDraw(_sample(drawn, day), own_history, summary)


@dataclass(frozen=True)
class _Drawn:
    """Free persons of a day, the positions taken, and what their weights are made of."""

    free: Frame
    fraction: Floats
    taken: Ints
    multiplicity: Ints
    free_probability: Floats

    def probability(self) -> Floats:
        return (self.fraction[self.free.stratum] * self.free_probability)[self.taken]


def _one_stage(plan: RollingPlan) -> Plan:
    """The part of a rolling plan that a frame is checked against."""
    return Plan(plan.id, plan.strata, (Stage(plan.id, "srs"),), None, plan.person, Reserve(), None, {})


def _fractions(fraction: float | Mapping[str, float], strata: tuple[str, ...]) -> Floats:
    missing = [] if isinstance(fraction, float | int) else [key for key in strata if key not in fraction]
    if missing:
        raise PlanError("fraction", f"lacks the stratum {missing[0]!r}")
    found = [fraction if isinstance(fraction, float | int) else fraction[key] for key in strata]
    for key, value in zip(strata, found, strict=True):
        if not 0 < value <= 1:
            raise PlanError("fraction", f"must lie in (0, 1]; stratum {key!r} has {value}")
    return np.array(found, dtype=np.float64)


def _take(free: Frame, fraction: Floats, seed: str) -> Ints:
    """Positions of ⌊fN + r⌋ persons of each stratum."""
    start = permanent_random_numbers(free.strata, f"{seed}|start")
    n = np.floor(fraction * free.counts() + start).astype(np.int64)
    return srs(permanent_random_numbers(free.ids, seed), np.minimum(n, free.counts()), group=free.stratum)


def _sample(drawn: _Drawn, day: str) -> pd.DataFrame:
    free, taken = drawn.free, drawn.taken
    sample = free.rows.iloc[taken].reset_index(drop=True)
    sample["stratum"] = np.array(free.strata, dtype=object)[free.stratum[taken]]
    sample["inclusion_probability"] = drawn.probability()
    sample["base_weight"] = drawn.multiplicity[taken] / drawn.probability()
    sample["multiplicity"] = drawn.multiplicity[taken]
    sample["drawn_on"] = day
    return sample


def _summary(kept: Frame, drawn: _Drawn, is_unreachable: Bools) -> dict[str, object]:
    code = drawn.free.stratum[drawn.taken]
    strata = len(kept.strata)
    columns = {
        "N": kept.counts(),
        "available": drawn.free.counts(),
        "n": np.bincount(code, minlength=strata),
        "sum_of_weights": np.bincount(code, drawn.multiplicity[drawn.taken] / drawn.probability(), strata),
        "uncovered": np.bincount(kept.stratum[is_unreachable], minlength=strata),
    }
    table = {
        key: {name: values[h].item() for name, values in columns.items()} for h, key in enumerate(kept.strata)
    }
    return {"algorithm": {"name": ALGORITHM, "version": ALGORITHM_VERSION}, "strata": table}
