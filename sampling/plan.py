"""PLAN.json as frozen dataclasses: parsed once, checked once, never half right."""

from collections.abc import Mapping
from dataclasses import dataclass

from sampling.allocation.request import Allocation, load_allocation
from sampling.errors import PlanError
from sampling.schema import Section, composed

EQUAL_METHODS = ("srs", "systematic")
SIZED_METHODS = ("pps_systematic", "pareto", "sequential_poisson", "sampford")
OPTIONAL_SIZE_METHODS = ("poisson", "cube")
METHODS = EQUAL_METHODS + SIZED_METHODS + OPTIONAL_SIZE_METHODS
PRN_METHODS = ("srs", "pareto", "sequential_poisson", "poisson")

PLAN_KEYS = (
    "id", "strata", "method", "allocation", "size", "certainty", "order", "serpentine", "balance",
    "person", "reserve", "coordinate", "stages",
)  # fmt: skip


@dataclass(frozen=True)
class StageSize:
    """Units taken in each parent: a count (`per_stratum`, `per_unit`) or a `fraction` of those there."""

    kind: str
    value: float


@dataclass(frozen=True)
class Stage:
    """One stage of selection; `n` is None in a one-stage plan, where the allocation decides. An order taken
    over from the plan leaves columns that vary inside this stage's units to the stages below."""

    unit: str
    method: str
    size: str | None = None
    n: StageSize | None = None
    order: tuple[str, ...] = ()
    serpentine: bool = False
    certainty: float = 1.0
    balance: tuple[str, ...] = ()
    is_order_own: bool = True


@dataclass(frozen=True)
class Reserve:
    """The sample is cut into `replicates` random parts, of which the first `release` go out."""

    replicates: int = 1
    release: int = 1


@dataclass(frozen=True)
class Coordination:
    """`prn`: units next above `start`. `history`: nobody invited inside the gap, probabilities corrected."""

    key: str
    mode: str
    start: float = 0.0
    history: str | None = None
    gap_days: int = 0
    on_impossible: str = "fail"


@dataclass(frozen=True)
class Plan:
    """A whole sampling plan; `source` is the JSON it came from, kept for the summary."""

    id: str
    strata: tuple[str, ...]
    stages: tuple[Stage, ...]
    allocation: Allocation | None
    person: str | None
    reserve: Reserve
    coordinate: Coordination | None
    source: Mapping[str, object]


def load_plan(raw: object) -> Plan:
    """Parse and check a plan.

    Parameters
    ----------
    raw : dict
        The JSON object of PLAN.json.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        For an unknown key, a wrong type, a value out of range, or parts that contradict one another.

    Examples
    --------
    >>> plan = load_plan({"id": "code", "method": "srs", "allocation": {"method": "equal", "n": 10}})
    >>> plan.stages[0].method, plan.allocation.n
    ('srs', 10)
    """
    top = Section(composed(raw), "", PLAN_KEYS)
    unit_id = top.text("id")
    staged = "stages" in top
    if staged == ("method" in top or "allocation" in top):
        raise PlanError("stages", "give either `stages`, or `method` with `allocation`")
    plan = Plan(
        id=unit_id,
        strata=top.texts("strata"),
        stages=_stages(top, unit_id) if staged else (_stage(top, unit_id, None, top),),
        allocation=None if staged else load_allocation(top.raw("allocation")),
        person=_person(top),
        reserve=_reserve(top),
        coordinate=_coordination(top),
        source=top.source,
    )
    _check_whole(plan)
    return plan


def _stages(top: Section, unit_id: str) -> tuple[Stage, ...]:
    raw = top.raw("stages")
    if not isinstance(raw, list) or not raw:
        raise PlanError("stages", "must be a list of at least one stage")
    for key in ("size", "balance"):
        if key in top:
            raise PlanError(key, "belongs inside a stage when the plan has `stages`")
    keys = ("unit", "method", "size", "n", "order", "serpentine", "certainty", "balance")
    sections = [Section(item, f"stages[{i}]", keys) for i, item in enumerate(raw)]
    stages = tuple(_stage(s, s.text("unit"), _stage_size(s, first=i == 0), top) for i, s in enumerate(sections))
    units = [stage.unit for stage in stages]
    if len(set(units)) < len(units):
        raise PlanError("stages", "name the same unit twice")
    if unit_id in units[:-1]:
        raise PlanError("stages", f"`{unit_id}` is the last unit there is; nothing can follow it")
    return stages


def _stage(section: Section, unit: str, n: StageSize | None, top: Section) -> Stage:
    method = section.choice("method", METHODS)
    size = section.text("size") if "size" in section else None
    balance = section.texts("balance")
    if method in SIZED_METHODS and size is None:
        raise PlanError(section.at("size"), f"is required by {method}")
    if method in EQUAL_METHODS and size is not None:
        raise PlanError(section.at("size"), f"is not used by {method}")
    if (method == "cube") != bool(balance):
        raise PlanError(section.at("balance"), "is required by cube, and by no other method")
    given = {key: section if key in section else top for key in ("order", "serpentine", "certainty")}
    certainty = given["certainty"].number("certainty", 1.0, low=0.0, high=1.0)
    if certainty <= 0:
        raise PlanError(given["certainty"].at("certainty"), "must be greater than 0")
    return Stage(
        unit,
        method,
        size,
        n,
        order=given["order"].texts("order"),
        serpentine=given["serpentine"].flag("serpentine"),
        certainty=certainty,
        balance=balance,
        is_order_own=given["order"] is section,
    )


def _stage_size(section: Section, *, first: bool) -> StageSize:
    kinds = ("per_stratum", "fraction") if first else ("per_unit", "fraction")
    inner = Section(section.raw("n"), section.at("n"), kinds)
    if len(inner.values) != 1:
        raise PlanError(section.at("n"), f"must hold exactly one of {', '.join(kinds)}")
    kind = next(iter(inner.values))
    if kind != "fraction":
        return StageSize(kind, inner.integer(kind, low=1))
    value = inner.number(kind, low=0, high=1)
    if value <= 0:
        raise PlanError(inner.at(kind), "must be greater than 0")
    return StageSize(kind, value)


def _person(top: Section) -> str | None:
    if "person" not in top:
        return None
    section = Section(top.raw("person"), "person", ("key", "rule"))
    section.choice("rule", ("one_dossier",))
    return section.text("key")


def _reserve(top: Section) -> Reserve:
    if "reserve" not in top:
        return Reserve()
    section = Section(top.raw("reserve"), "reserve", ("replicates", "release"))
    reserve = Reserve(section.integer("replicates", low=1), section.integer("release", 1, low=1))
    if reserve.release > reserve.replicates:
        raise PlanError("reserve.release", f"exceeds `replicates` ({reserve.replicates})")
    return reserve


def _coordination(top: Section) -> Coordination | None:
    if "coordinate" not in top:
        return None
    raw = top.raw("coordinate")
    mode = Section(raw, "coordinate", raw if isinstance(raw, Mapping) else ()).choice("mode", ("prn", "history"))
    if mode == "prn":
        section = Section(raw, "coordinate", ("key", "mode", "start"))
        start = section.number("start", 0.0, low=0, high=1)
        return Coordination(section.text("key"), mode, start % 1.0)
    section = Section(raw, "coordinate", ("key", "mode", "history", "gap_days", "on_impossible"))
    return Coordination(
        section.text("key"),
        mode,
        history=section.text("history"),
        gap_days=section.integer("gap_days", low=1),
        on_impossible=section.choice("on_impossible", ("fail", "allow"), "fail"),
    )


def _check_whole(plan: Plan) -> None:
    last = plan.stages[-1]
    mode = plan.coordinate.mode if plan.coordinate else None
    if mode == "prn" and (last.method not in PRN_METHODS or last.unit != plan.id):
        raise PlanError(
            "coordinate.mode", f"prn needs one of {', '.join(PRN_METHODS)} at the stage that draws `{plan.id}`"
        )
