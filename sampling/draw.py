"""From frame, plan and seed to the sample and the summary that certifies it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling import ALGORITHM, ALGORITHM_VERSION
from sampling.allocate import allocate
from sampling.arrays import Bools, Floats, Ints
from sampling.canonical import frame_hash
from sampling.coordination import above, contacts, one_dossier, permanent_random_numbers
from sampling.errors import HistoryError, RefusalError
from sampling.frame import Frame, check_frame, complete
from sampling.plan import Plan
from sampling.selection import replicate_numbers
from sampling.stages import Drawn, draw_stages


@dataclass(frozen=True)
class Draw:
    """`sample`: one row per drawn unit, sorted by id. `summary`: what anyone needs to draw it again.
    `probabilities`: `id`, `inclusion_probability` of every row that could be drawn."""

    sample: pd.DataFrame
    summary: Mapping[str, object]
    probabilities: pd.DataFrame


@dataclass(frozen=True)
class Eligible:
    """The rows that can be drawn, with what happened before the draw: one dossier kept of `multiplicity`,
    the person free with `free_probability`."""

    frame: Frame
    multiplicity: Ints
    free_probability: Floats
    population: Ints
    unreachable: Ints


def draw(frame: pd.DataFrame, plan: Plan, seed: str, *, history: pd.DataFrame | None = None) -> Draw:
    """Draw a sample.

    Parameters
    ----------
    frame : DataFrame
        One row per eligible dossier, rows and columns in any order.
    plan : Plan
    seed : str
        The wave's, announced after the frame hash; the programme's when the plan has `coordinate` prn.
    history : DataFrame, optional
        Earlier frames inside the gap, for `coordinate` history: see `sampling.coordination.contacts`.

    Returns
    -------
    Draw

    Raises
    ------
    FrameError, HistoryError
        If the frame or the history breaks a rule.
    RefusalError
        If the bounds are infeasible, a group has fewer units than asked, or persons cannot be reached.

    Notes
    -----
    inclusion_probability = π · Π(1 − p_k) · release / replicates, with π the product over stages;
    base_weight = multiplicity / inclusion_probability. Σ base_weight·y over the released rows estimates the
    total of y over all dossiers without bias for every method whose π is exact.

    References
    ----------
    .. [1] Lavallée, P. (2007). Indirect Sampling. Springer (multiplicity weights).

    Examples
    --------
    >>> from sampling.plan import load_plan
    >>> plan = load_plan({"id": "code", "method": "srs", "allocation": {"method": "proportional", "n": 2}})
    >>> frame = pd.DataFrame({"code": ["a", "b", "c", "d"]})
    >>> draw(frame, plan, "demo").sample["base_weight"].tolist()
    [2.0, 2.0]
    """
    eligible = prepare(check_frame(frame, plan), plan, seed, history)
    sizes = None
    if plan.allocation is not None:
        sizes = allocate(eligible.frame, plan.allocation, plan.strata)
    u = row_numbers(eligible.frame, plan, seed)
    start = plan.coordinate.start if plan.coordinate else 0.0
    drawn = draw_stages(eligible.frame, plan, seed, above(u, start), sizes)
    sample = _sample(eligible, plan, seed, u, drawn)
    summary = _summary(eligible, plan, seed, sample, drawn, len(frame))
    if history is not None and plan.coordinate is not None:
        summary["history_sha256"] = frame_hash(history, plan.coordinate.key)
    pi = pd.DataFrame({plan.id: eligible.frame.ids, "inclusion_probability": drawn.probability})
    return Draw(sample, summary, pi)


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
    See `draw`.
    """
    multiplicity = np.ones(len(frame.ids), dtype=np.int64)
    if plan.person:
        second = permanent_random_numbers(frame.ids, f"{seed}|person")
        keep, m = one_dossier(complete(frame.rows, plan.person), second)
        frame, multiplicity = frame.keep(keep), m[keep]
    population = frame.counts()
    rule = plan.coordinate
    if rule is None or rule.mode != "history":
        if history is not None:
            raise HistoryError("history", "is given, but the plan does not coordinate by history")
        return Eligible(frame, multiplicity, np.ones(len(frame.ids)), population, np.zeros_like(population))
    if history is None:
        raise HistoryError("history", "is needed by the plan's `coordinate`")
    found = contacts(
        complete(frame.rows, rule.key), history, rule.key, drop_impossible=rule.on_impossible == "allow"
    )
    unreachable = _count(frame, found.is_unreachable)
    if rule.on_impossible == "fail" and unreachable.any():
        key = frame.strata[int(np.flatnonzero(unreachable)[0])]
        raise RefusalError(
            "coordinate.on_impossible",
            f"{unreachable.sum()} persons were invited with certainty inside the gap and cannot be reached "
            f"(first in stratum {key!r}); `allow` drops the rule for them",
        )
    free = found.is_free
    return Eligible(frame.keep(free), multiplicity[free], found.free_probability[free], population, unreachable)


def row_numbers(frame: Frame, plan: Plan, seed: str) -> Floats:
    """Permanent number of each row: of its person when waves are coordinated, else of its id."""
    keys = complete(frame.rows, plan.coordinate.key) if plan.coordinate else frame.ids
    return permanent_random_numbers(keys, seed)


def _count(frame: Frame, mask: Bools) -> Ints:
    return np.bincount(frame.stratum[mask], minlength=len(frame.strata)).astype(np.int64)


def _sample(eligible: Eligible, plan: Plan, seed: str, u: Floats, drawn: Drawn) -> pd.DataFrame:
    frame, taken = eligible.frame, drawn.taken
    reserve = plan.reserve
    replicate = _replicates(eligible, plan, seed, drawn)
    share = reserve.release / reserve.replicates
    pi = drawn.probability[taken] * eligible.free_probability[taken] * share
    sample = frame.rows[taken].reset_index(drop=True)
    sample["stratum"] = np.array(frame.strata, dtype=object)[frame.stratum[taken]]
    if drawn.psu is not None:
        sample["psu"] = drawn.psu[taken]
    sample["inclusion_probability"] = pi
    sample["base_weight"] = eligible.multiplicity[taken] / pi
    sample["multiplicity"] = eligible.multiplicity[taken]
    sample["replicate"] = replicate
    sample["released"] = (replicate <= reserve.release).astype(np.int64)
    sample["u"] = u[taken]
    for i, (n, N) in enumerate(drawn.stage_counts, start=1):
        sample[f"stage{i}_n"], sample[f"stage{i}_N"] = n[taken], N[taken]
    return sample


def _replicates(eligible: Eligible, plan: Plan, seed: str, drawn: Drawn) -> Ints:
    """Replicates are dealt out within stratum and first-stage unit, by numbers of their own."""
    taken = drawn.taken
    block = eligible.frame.stratum[taken]
    if drawn.psu is not None:
        inside = pd.factorize(drawn.psu[taken], sort=True)[0]
        block = block * (int(inside.max(initial=0)) + 1) + inside
    third = permanent_random_numbers(eligible.frame.ids[taken], f"{seed}|replicate")
    start = permanent_random_numbers([""], f"{seed}|replicate|start")
    return replicate_numbers(block, third, plan.reserve.replicates, float(start[0]))


def _summary(
    eligible: Eligible, plan: Plan, seed: str, sample: pd.DataFrame, drawn: Drawn, rows: int
) -> dict[str, object]:
    frame = eligible.frame
    return {
        "algorithm": {"name": ALGORITHM, "version": ALGORITHM_VERSION},
        "plan": dict(plan.source),
        "seed": seed,
        "frame_sha256": frame.sha256,
        "frame_rows": rows,
        "n": len(sample),
        "released": int(sample["released"].sum()),
        "strata": _strata_table(eligible, sample, drawn),
    }


def _strata_table(eligible: Eligible, sample: pd.DataFrame, drawn: Drawn) -> dict[str, dict[str, float]]:
    """N: rows after one dossier a person; available: those free to be asked; uncovered: probability 0."""
    frame = eligible.frame
    code = frame.stratum[drawn.taken]
    released = sample["released"].to_numpy()
    strata = range(len(frame.strata))
    columns = {
        "N": eligible.population,
        "available": frame.counts(),
        "n": np.bincount(code, minlength=len(strata)),
        "released": np.bincount(code, weights=released, minlength=len(strata)).astype(np.int64),
        "sum_of_weights": np.bincount(code, sample["base_weight"] * released, len(strata)),
        "uncovered": eligible.unreachable + _count(frame, drawn.probability == 0),
    }
    return {frame.strata[h]: {name: values[h].item() for name, values in columns.items()} for h in strata}
