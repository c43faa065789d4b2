"""Selection stage by stage: units of a frame drawn inside strata, then units inside those units."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from sampling.arrays import Bools, Floats, Ints, Texts
from sampling.canonical import texts
from sampling.coordination import permanent_random_numbers, random_streams
from sampling.errors import FrameError, RefusalError
from sampling.frame import Frame, factorize, numbers
from sampling.order import positions
from sampling.plan import Plan, Stage, StageSize
from sampling.selection import METHODS, Units


@dataclass(frozen=True)
class StageDraw:
    """One stage: for each of N rows the probability of its unit, the units drawn and present in its group."""

    probability: Floats
    n: Ints
    N: Ints


@dataclass(frozen=True)
class FirstStage:
    """The U units of the first stage: label, stratum, place in the list, probability, drawn or not."""

    label: Texts
    group: Ints
    position: Ints
    probability: Floats
    taken: Bools


@dataclass(frozen=True)
class Drawn:
    """For each of N rows: is it in the sample, its inclusion probability, its first-stage unit (None when
    rows are drawn directly), and what each stage did."""

    taken: Bools
    probability: Floats
    psu: Texts | None
    stages: tuple[StageDraw, ...]
    first: FirstStage


@dataclass(frozen=True)
class _Level:
    """U units of one stage, sorted by group and label: unit of each row, group, label and first row of each."""

    unit_of_row: Ints
    group: Ints
    label: Texts
    first_row: Ints


@dataclass(frozen=True)
class _Draw:
    """What stays the same from stage to stage."""

    frame: Frame
    plan: Plan
    seed: str
    u: Floats


def draw_stages(frame: Frame, plan: Plan, seed: str, u: Floats, sizes: Ints | None) -> Drawn:
    """Draw all stages of a plan.

    Every group of every stage is drawn from, those inside units not drawn too: a row is in the sample when
    its unit was drawn at each stage, and every row's probability is known, drawn or not.

    Parameters
    ----------
    frame : Frame
        N eligible rows.
    plan : Plan
    seed : str
    u : (N,) array of float
        Numbers of the rows, used at the stage whose unit is the plan's id.
    sizes : (H,) array of int, optional
        Sample size of each stratum in a one-stage plan.

    Returns
    -------
    Drawn

    Raises
    ------
    RefusalError
        If a group has fewer units than are asked of it.
    FrameError
        If a first-stage unit lies in two strata, or a size or order column varies inside a unit.

    Examples
    --------
    See `sampling.draw.draw`.
    """
    draw = _Draw(frame, plan, seed, u)
    group, label = frame.stratum, np.array(frame.strata, dtype=object)
    taken = np.ones(len(frame.ids), dtype=bool)
    probability = np.ones(len(frame.ids))
    stages: list[StageDraw] = []
    firsts: list[FirstStage] = []
    for depth, stage in enumerate(plan.stages):
        level = _level(draw, stage, group, label, is_first=depth == 0)
        units = _units(draw, stage, level, label)
        present = units.counts()
        n = sizes if sizes is not None else _stage_n(stage.n, present)
        _check_room(stage, units, n, label)
        chosen = METHODS[stage.method](units, n)
        unit_taken = np.zeros(len(level.group), dtype=bool)
        unit_taken[chosen.taken] = True
        taken &= unit_taken[level.unit_of_row]
        unit_probability = chosen.probability[level.unit_of_row]
        probability *= unit_probability
        drawn = np.bincount(level.group[chosen.taken], minlength=len(label)).astype(np.int64)
        stages.append(StageDraw(unit_probability, drawn[group], present[group]))
        firsts.append(FirstStage(level.label, level.group, units.position, chosen.probability, unit_taken))
        group, label = level.unit_of_row, level.label
    return Drawn(taken, probability, _psu(draw), tuple(stages), firsts[0])


def _psu(draw: _Draw) -> Texts | None:
    unit = draw.plan.stages[0].unit
    return None if unit == draw.plan.id else draw.frame.complete(unit)


def _level(draw: _Draw, stage: Stage, group: Ints, label: Texts, *, is_first: bool) -> _Level:
    """Units of a stage; a label below the first stage is the path from the first-stage unit down."""
    if stage.unit == draw.plan.id:
        every = np.arange(len(group))
        order = np.argsort(group, kind="stable")
        unit_of_row = np.empty_like(every)
        unit_of_row[order] = every
        return _Level(unit_of_row, group[order], draw.frame.ids[order], order)
    codes, names = factorize(draw.frame.complete(stage.unit))
    _, first_row, unit_of_row = np.unique(group * len(names) + codes, return_index=True, return_inverse=True)
    unit_group, unit_code = group[first_row], codes[first_row]
    if is_first:
        split = np.flatnonzero(np.bincount(unit_code) > 1)
        if len(split):
            raise FrameError(f"column `{stage.unit}`", f"unit {names[split[0]]!r} lies in two strata")
        labels = names[unit_code]
    else:
        labels = label[unit_group] + "|" + names[unit_code]
    return _Level(unit_of_row, unit_group, labels, first_row)


def _units(draw: _Draw, stage: Stage, level: _Level, group_label: Texts) -> Units:
    is_id = stage.unit == draw.plan.id
    return Units(
        group=level.group,
        u=draw.u[level.first_row] if is_id else permanent_random_numbers(level.label, f"{draw.seed}|{stage.unit}"),
        start=permanent_random_numbers(group_label, f"{draw.seed}|start|{stage.unit}"),
        position=_position(draw.frame, stage, level),
        stream=random_streams(group_label, f"{draw.seed}|stream|{stage.unit}"),
        size=_size(draw.frame, stage, level),
        balance=_balance(draw.frame, stage, level),
        certainty=stage.certainty,
    )


def _position(frame: Frame, stage: Stage, level: _Level) -> Ints:
    """Place in the list that systematic methods follow; other methods need none."""
    if "systematic" not in stage.method:
        return np.arange(len(level.group))
    order = [column for column in stage.order if stage.is_order_own or _varying_row(frame, column, level) is None]
    for column in order:
        _check_constant(frame, column, level)
    return positions(level.group, frame.rows[order].iloc[level.first_row], serpentine=stage.serpentine)


def _size(frame: Frame, stage: Stage, level: _Level) -> Floats | None:
    if stage.size is None:
        return None
    if stage.size == "count" and stage.n is not None:
        return np.bincount(level.unit_of_row, minlength=len(level.group)).astype(np.float64)
    _check_constant(frame, stage.size, level)
    return numbers(frame.rows, stage.size, frame.ids, low=0)[level.first_row]


def _balance(frame: Frame, stage: Stage, level: _Level) -> Floats | None:
    """Totals of the balancing variables over the rows of each unit."""
    if not stage.balance:
        return None
    columns = [numbers(frame.rows, column, frame.ids) for column in stage.balance]
    totals = [np.bincount(level.unit_of_row, x, minlength=len(level.group)) for x in columns]
    return np.stack(totals, axis=1)


def _check_constant(frame: Frame, column: str, level: _Level) -> None:
    row = _varying_row(frame, column, level)
    if row is not None:
        unit = level.label[level.unit_of_row[row]]
        raise FrameError(f"column `{column}`", f"must be constant within a unit; it varies in {unit!r}")


def _varying_row(frame: Frame, column: str, level: _Level) -> int | None:
    """The first row whose value differs from that of its unit's first row."""
    if len(level.group) == len(level.unit_of_row):
        return None
    codes = factorize(texts(frame.rows[column]))[0]
    varies = np.flatnonzero(codes != codes[level.first_row][level.unit_of_row])
    return int(varies[0]) if len(varies) else None


def _stage_n(size: StageSize | None, present: Ints) -> Ints:
    """Units to take in each group: `per_unit` gives all of a smaller one, a fraction at least one."""
    if size is None:
        raise ValueError("`sizes` must be given for a plan without stage sizes")
    if size.kind == "per_stratum":
        return np.full(len(present), int(size.value), dtype=np.int64)
    if size.kind == "per_unit":
        return np.minimum(present, int(size.value))
    share = Decimal(str(size.value))
    taken = [int((share * count).to_integral_value(ROUND_HALF_UP)) for count in present.tolist()]
    return np.minimum(np.maximum(taken, 1), present)


def _check_room(stage: Stage, units: Units, n: Ints, label: Texts) -> None:
    usable = units.counts()
    if units.size is not None:
        usable = np.bincount(units.group, units.size > 0, len(n)).astype(np.int64)
    short = np.flatnonzero(usable < n)
    if len(short):
        kind = "units" if units.size is None else "units of positive size"
        raise RefusalError(
            f"stratum {label[short[0]]!r}",
            f"{n[short[0]]} of `{stage.unit}` are asked, there are {usable[short[0]]} {kind}",
        )
