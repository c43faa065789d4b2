"""The `allocation` of a plan: which method, with what it needs and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from sampling.errors import PlanError
from sampling.schema import LARGEST, REQUIRED, Section, finite

ALLOCATION_KEYS = {
    "proportional": ("n",),
    "equal": ("n",),
    "fixed": ("n_by",),
    "neyman": ("n", "sd", "sd_from"),
    "power": ("n", "power", "sd", "sd_from"),
    "optimal": ("n", "cost", "sd", "sd_from"),
    "census_below": ("bands",),
    "precision": ("targets", "level", "deff", "response_rate"),
}


@dataclass(frozen=True)
class Target:
    """Half-width of the confidence interval wanted in every value of a domain column, at proportion p."""

    column: str
    margin: float
    p: float


@dataclass(frozen=True)
class Allocation:
    """How the sample is shared among strata; the fields a method does not use keep their defaults."""

    method: str
    n: int = 0
    min: int = 0
    max: int | None = None
    n_by: Mapping[str, int] = field(default_factory=dict)
    sd_from: str | None = None
    sd: Mapping[str, float] = field(default_factory=dict)
    power: float = 1.0
    cost: Mapping[str, float] = field(default_factory=dict)
    bands: tuple[tuple[float | None, float], ...] = ()
    targets: tuple[Target, ...] = ()
    level: float = 0.95
    deff: float = 1.0
    response_rate: float = 1.0


def load_allocation(raw: object) -> Allocation:
    """Parse and check the `allocation` of a plan.

    Parameters
    ----------
    raw : dict

    Returns
    -------
    Allocation

    Raises
    ------
    PlanError
        For an unknown key, one the method does not use or lacks, a wrong type, a value out of range.

    Examples
    --------
    >>> load_allocation({"method": "equal", "n": 10}).n
    10
    """
    every = {key for keys in ALLOCATION_KEYS.values() for key in keys}
    section = Section(raw, "allocation", every | {"method", "min", "max"})
    method = section.choice("method", ALLOCATION_KEYS)
    used = ALLOCATION_KEYS[method]
    for key in section.values:
        if key in every and key not in used:
            raise PlanError(section.at(key), f"is not used by {method}")
    if "sd" in section and "sd_from" in section:
        raise PlanError("allocation.sd", "give `sd` or `sd_from`, not both")
    if method == "neyman" and "sd" not in section and "sd_from" not in section:
        raise PlanError("allocation.sd", "neyman needs `sd` or `sd_from`")
    return Allocation(
        method=method,
        n=section.integer("n", low=1) if "n" in used else 0,
        min=section.integer("min", 0),
        max=section.integer("max") if "max" in section else None,
        n_by=_counts(section) if "n_by" in used else {},
        sd_from=section.text("sd_from") if "sd_from" in section else None,
        sd=section.numbers("sd", low=0) if "sd" in section else {},
        power=section.number("power", low=0, high=1) if "power" in used else 1.0,
        cost=section.numbers("cost", low=0, above=True) if "cost" in used else {},
        bands=_bands(section) if "bands" in used else (),
        targets=_targets(section) if "targets" in used else (),
        level=_open(section, "level", 0.95, 1.0),
        deff=_open(section, "deff", 1.0, float("inf")),
        response_rate=_open(section, "response_rate", 1.0, 1.0, closed=True),
    )


def _open(section: Section, key: str, default: object, high: float, *, closed: bool = False) -> float:
    value = section.number(key, default, low=0)
    if not 0 < value < high and not (closed and value == high):
        raise PlanError(section.at(key), f"must lie between 0 and {high:g}; got {value:g}")
    return value


def _counts(section: Section) -> dict[str, int]:
    found = section.numbers("n_by", low=0)
    for key, value in found.items():
        if value != int(value) or value > LARGEST:
            raise PlanError(f"allocation.n_by.{key}", f"must be a whole number up to {LARGEST}; got {value:g}")
    return {key: int(value) for key, value in found.items()}


def _bands(section: Section) -> tuple[tuple[float | None, float], ...]:
    raw = section.raw("bands")
    if not isinstance(raw, list) or not raw or not all(isinstance(b, list) and len(b) == 2 for b in raw):
        raise PlanError("allocation.bands", "must be a list of [upper limit, share]")
    bands = tuple(
        (
            None if limit is None else finite(limit, f"allocation.bands[{i}][0]", 0),
            finite(share, f"allocation.bands[{i}][1]", 0, 1),
        )
        for i, (limit, share) in enumerate(raw)
    )
    limits = [limit for limit, _ in bands[:-1]]
    rising = all(a is not None and b is not None and a < b for a, b in pairwise(limits))
    if None in limits or bands[-1][0] is not None or not rising:
        raise PlanError("allocation.bands", "upper limits must rise and the last one be null")
    return bands


def _targets(section: Section) -> tuple[Target, ...]:
    raw = section.raw("targets")
    if not isinstance(raw, Mapping) or not raw:
        raise PlanError("allocation.targets", "must be an object of targets by column")
    found = []
    for column, item in raw.items():
        inner = Section(item, f"allocation.targets.{column}", ("margin", "p"))
        found.append(Target(str(column), _open(inner, "margin", REQUIRED, 1.0), _open(inner, "p", 0.5, 1.0)))
    return tuple(found)
