"""From frame, plan and seed to the sample and the summary that certifies it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling import ALGORITHM, ALGORITHM_VERSION
from sampling.allocation.allocate import allocate
from sampling.arrays import Floats, Ints
from sampling.contacts import history_hash
from sampling.coordination import above, permanent_random_numbers
from sampling.eligible import Eligible, prepare, row_numbers
from sampling.frame import check_frame
from sampling.plan import Plan
from sampling.selection import replicate_numbers
from sampling.stages import Drawn, FirstStage, draw_stages


@dataclass(frozen=True)
class Draw:
    """`sample`: one row per drawn unit, sorted by id. `summary`: what anyone needs to draw it again.
    `history`: one row per person of the frame, for the contact rule of later waves: key, `p`, `invited`.
    `first_stage`: the units of the first stage, for their joint probabilities."""

    sample: pd.DataFrame
    summary: Mapping[str, object]
    history: pd.DataFrame
    first_stage: FirstStage


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

    Coordinating by a person's number without keeping one dossier a person gives the dossiers of a person
    the same number: π is then exact for poisson only, and to O(1/n) for the other methods.

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
    summary = _summary(eligible, plan, seed, sample, drawn, len(frame)) | _coordination(plan, sample, history)
    return Draw(sample, summary, _history(eligible, plan, sample, drawn), drawn.first)


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
    for i, stage in enumerate(drawn.stages, start=1):
        sample[f"stage{i}_n"], sample[f"stage{i}_N"] = stage.n[taken], stage.N[taken]
        sample[f"stage{i}_probability"] = stage.probability[taken]
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


def _history(eligible: Eligible, plan: Plan, sample: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """p is the probability of being invited now: 0 for those barred, who else would be weighted as if they
    could have been invited when they could not."""
    key = plan.coordinate.key if plan.coordinate else plan.person or plan.id
    frame, barred = eligible.frame, eligible.barred
    invited = np.zeros(len(frame.ids), dtype=np.int64)
    invited[np.flatnonzero(drawn.taken)[sample["released"].to_numpy() == 1]] = 1
    share = plan.reserve.release / plan.reserve.replicates
    none = np.zeros(len(barred.ids), dtype=np.int64)
    return pd.DataFrame(
        {
            key: np.concatenate([frame.complete(key), barred.complete(key)]),
            "p": np.concatenate([drawn.probability * share, none]),
            "invited": np.concatenate([invited, none]),
        }
    )


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


def _coordination(plan: Plan, sample: pd.DataFrame, history: pd.DataFrame | None) -> dict[str, object]:
    """What later waves must know: the history used, or how far above the start each stratum's sample
    reaches, which two waves may share only if one reaches past the start of the other."""
    rule = plan.coordinate
    if rule is None:
        return {}
    if history is not None:
        return {"history_sha256": history_hash(history)}
    distance = pd.Series(above(sample["u"].to_numpy(), rule.start))
    return {"reach": distance.groupby(sample["stratum"].to_numpy()).max().to_dict()}


def _strata_table(eligible: Eligible, sample: pd.DataFrame, drawn: Drawn) -> dict[str, dict[str, float]]:
    """N: rows after one dossier a person; available: those free to be asked; uncovered: probability 0."""
    frame = eligible.frame
    code = frame.stratum[drawn.taken]
    released = sample["released"].to_numpy()
    strata = range(len(frame.strata))
    columns = {
        "N": frame.counts() + eligible.barred.counts(),
        "available": frame.counts(),
        "n": np.bincount(code, minlength=len(strata)),
        "released": np.bincount(code, weights=released, minlength=len(strata)).astype(np.int64),
        "sum_of_weights": np.bincount(code, sample["base_weight"] * released, len(strata)),
        "uncovered": eligible.unreachable + frame.counts_of(drawn.probability == 0),
    }
    return {frame.strata[h]: {name: values[h].item() for name, values in columns.items()} for h in strata}
