"""DESIGN.json as frozen dataclasses; everything that can be checked without the data is checked here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.design import LONELY_RULES
from analysis.errors import InputError
from analysis.fields import Fields, composed, kind, text_list
from analysis.intervals import BOUNDED_INTERVALS, INTERVALS
from analysis.pps import PpsSpec, parse_pps
from analysis.steps import Step, parse_steps

STATISTICS = ("mean", "total", "ratio", "proportion", "quantile", "index")
FORMULAS = (
    "t2b_mean_of_factors@1",
    "t2b_pooled@1",
    "t2b_mean_of_items@1",
    "general_item@1",
    "mean_score@1",
    "mean_of_agencies@1",
    "all_satisfied@1",
)
_KEYS = (
    *("weights", "strata", "psu", "fpc", "lonely_psu", "replicates", "calibration"),
    *("level", "interval", "deff", "estimates", "domains", "compare", "rank", "covariance", "pps"),
    "adjust_domain_lonely",
)
_INDEX_KEYS = ("formula", "factors", "satisfied", "item", "scale", "unit", "of_formula")
_KEYS_OF = {
    "mean": ("of",),
    "total": ("of",),
    "ratio": ("of", "over"),
    "proportion": ("of",),
    "quantile": ("of", "probs"),
    "index": _INDEX_KEYS,
}
_ESTIMATE_KEYS = ("name", "statistic", "interval", "of", "over", "probs", *_INDEX_KEYS)
_ONE_FORMULA = {"item": "general_item@1", "unit": "mean_of_agencies@1", "of_formula": "mean_of_agencies@1"}


@dataclass(frozen=True)
class EstimateSpec:
    """One thing to estimate."""

    name: str
    statistic: str
    where: str
    interval: str
    of: str = ""
    over: str = ""
    probs: tuple[float, ...] = ()
    formula: str = ""
    factors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    satisfied: tuple[float, ...] = (4.0, 5.0)
    item: str = ""
    scale: tuple[float, ...] = ()
    unit: str = ""
    of_formula: str = ""


@dataclass(frozen=True)
class Request:
    """An estimate over the domains of `by`: for `compare`, `rank` or `covariance`."""

    estimate: str
    by: tuple[str, ...]
    adjust: str = "none"
    level: float = 0.95


@dataclass(frozen=True)
class Replicates:
    """Replicate weights given as columns, or the method that makes them."""

    columns: tuple[str, ...] = ()
    method: str = ""
    n: int = 500
    seed: str = ""
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    mse: bool = False
    rho: float = 0.5


@dataclass(frozen=True)
class Spec:
    """A whole DESIGN."""

    weights: str | None
    strata: tuple[str, ...]
    psu: tuple[str, ...]
    fpc: tuple[str, ...]
    lonely_psu: str
    replicates: Replicates | None
    calibration: tuple[Step, ...]
    level: float
    deff: str
    estimates: tuple[EstimateSpec, ...]
    domains: tuple[tuple[str, ...], ...]
    compare: tuple[Request, ...]
    rank: tuple[Request, ...]
    covariance: tuple[Request, ...]
    pps: PpsSpec | None = None
    adjust_domain_lonely: bool = False


def parse(design: object) -> Spec:
    """Check a DESIGN (the parsed JSON) and freeze it.

    Raises
    ------
    InputError
        Naming the key, for unknown keys, wrong types and values outside their rule.

    References
    ----------
    docs/statistics.md, "The design file".

    Examples
    --------
    >>> parse({"weights": "w", "estimates": [{"name": "m", "statistic": "mean", "of": "y"}]}).domains
    ((),)
    """
    top = Fields(composed(design), "", _KEYS)
    level = top.number("level", default=0.95, low=0, high=1)
    default_interval = top.text("interval", default="t", among=INTERVALS)
    estimates = tuple(
        _estimate(value, f"estimates[{i}]", default_interval) for i, value in enumerate(top.objects("estimates"))
    )
    if not estimates:
        raise InputError("estimates", "must name at least one estimate")
    names = [e.name for e in estimates]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"estimates[{i}].name", f"{name!r} is used twice")
    domains = tuple(text_list(value, f"domains[{i}]") for i, value in enumerate(top.objects("domains")))
    return Spec(
        weights=top.optional_text("weights"),
        strata=top.texts("strata"),
        psu=top.texts("psu"),
        fpc=top.texts("fpc"),
        lonely_psu=top.text("lonely_psu", default="fail", among=LONELY_RULES),
        replicates=_replicates(top.get("replicates")),
        calibration=parse_steps(top.objects("calibration")),
        level=level,
        deff=_deff(top),
        estimates=estimates,
        domains=domains or ((),),
        compare=_requests(top, "compare", estimates, level),
        rank=_requests(top, "rank", estimates, level),
        covariance=_requests(top, "covariance", estimates, level),
        pps=parse_pps(top.get("pps")),
        adjust_domain_lonely=_adjust_domain_lonely(top),
    )


def _adjust_domain_lonely(top: Fields) -> bool:
    wanted = top.flag("adjust_domain_lonely", default=False)
    if wanted and top.get("lonely_psu") not in ("adjust", "average"):
        raise top.fail("adjust_domain_lonely", 'changes nothing unless `lonely_psu` is "adjust" or "average"')
    others = [key for key in ("calibration", "replicates", "pps") if wanted and top.get(key)]
    if others:
        raise top.fail("adjust_domain_lonely", f"is defined for variances without `{others[0]}`")
    return wanted


def _deff(top: Fields) -> str:
    value = top.get("deff")
    if value == "replace":
        return "replace"
    if value is None or isinstance(value, bool):
        return "wor" if value else "none"
    raise top.fail("deff", f'must be true, false or "replace", found {kind(value)}')


def _estimate(value: object, where: str, default_interval: str) -> EstimateSpec:
    f = Fields(value, where, _ESTIMATE_KEYS)
    statistic = f.text("statistic", among=STATISTICS)
    f.only("statistic", statistic, ("name", "statistic", "interval", *_KEYS_OF[statistic]))
    bounded = statistic in ("proportion", "index")
    interval = f.text("interval", default=default_interval, among=INTERVALS)
    if interval in BOUNDED_INTERVALS and not bounded:
        if f.has("interval"):
            raise f.fail("interval", f"{interval!r} is for proportions and indices")
        interval = "t"
    if statistic == "quantile" and interval != "t":
        raise f.fail("interval", f"of a quantile is Woodruff's, with t; found {interval!r}")
    common: dict[str, Any] = {
        "name": f.text("name"),
        "statistic": statistic,
        "where": where,
        "interval": interval,
    }
    if statistic == "index":
        return _index(f, common)
    common["of"] = f.text("of")
    if statistic == "ratio":
        common["over"] = f.text("over")
    if statistic == "quantile":
        common["probs"] = _probs(f)
    return EstimateSpec(**common)


def _probs(f: Fields) -> tuple[float, ...]:
    probs = f.numbers("probs") or (0.5,)
    for p in probs:
        if not 0 < p < 1:
            raise f.fail("probs", f"must lie strictly between 0 and 1, found {p:g}")
    return probs


def _index(f: Fields, common: dict[str, Any]) -> EstimateSpec:
    formula = f.text("formula", among=FORMULAS)
    inner = f.text("of_formula", default="") or formula
    for key, owner in _ONE_FORMULA.items():
        if f.has(key) and owner not in (formula, inner):
            raise f.fail(key, f"is a key of {owner}; the formula is {formula}")
    if formula == "mean_of_agencies@1":
        inner = f.text("of_formula", among=[x for x in FORMULAS if x != formula])
        common |= {"unit": f.text("unit"), "of_formula": inner}
    if inner == "general_item@1":
        common["item"] = f.text("item")
    else:
        common["factors"] = _factors(f)
    if inner == "mean_score@1":
        common["scale"] = f.numbers("scale")
        if len(common["scale"]) != 2 or not common["scale"][0] < common["scale"][1]:
            raise f.fail("scale", "must be [lowest, highest]")
    if f.has("satisfied"):
        common["satisfied"] = f.numbers("satisfied")
    return EstimateSpec(**common, formula=formula)


def _factors(f: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    value = f.get("factors")
    if not isinstance(value, dict) or not value:
        raise f.fail("factors", "must be an object of factor: [items]")
    factors = tuple((str(name), text_list(items, f"{f.at('factors')}.{name}")) for name, items in value.items())
    seen: set[str] = set()
    for name, items in factors:
        if not items:
            raise f.fail("factors", f"factor {name!r} has no items")
        repeated = seen.intersection(items)
        if repeated:
            raise f.fail("factors", f"item {min(repeated)!r} stands in two factors")
        seen.update(items)
    return factors


def _replicates(value: object) -> Replicates | None:
    if value is None:
        return None
    f = Fields(value, "replicates", ["columns", "scale", "rscales", "mse", "method", "n", "seed", "rho"])
    if f.has("columns") == f.has("method"):
        raise InputError("replicates", "must have either `columns` or `method`")
    source, mine = ("columns", ("scale", "rscales")) if f.has("columns") else ("method", ("n", "seed", "rho"))
    f.only("replicates by", source, (source, "mse", *mine))
    if f.has("rho") and f.get("method") != "fay":
        raise f.fail("rho", f"is a key of fay; the method is {f.get('method')}")
    if f.has("columns") and not f.texts("columns"):
        raise f.fail("columns", "must name at least one column")
    n = f.number("n", default=500, low=1, high=1e6)
    if not n.is_integer():
        raise f.fail("n", f"must be a whole number, found {n:g}")
    scale = f.number("scale", default=1.0, low=0, high=math.inf) if f.has("scale") else None
    return Replicates(
        columns=f.texts("columns"),
        method=f.optional_text("method", among=("rao_wu_bootstrap", "jkn", "jk1", "brr", "fay")) or "",
        n=int(n),
        seed=f.text("seed", default=""),
        scale=scale,
        rscales=f.numbers("rscales"),
        mse=f.flag("mse", default=False),
        rho=f.number("rho", default=0.5, low=-1e-300, high=1),
    )


_REQUEST_KEYS = {"compare": ("adjust", "level"), "rank": ("level",), "covariance": ()}


def _requests(top: Fields, key: str, estimates: Sequence[EstimateSpec], level: float) -> tuple[Request, ...]:
    statistics = {e.name: e.statistic for e in estimates}
    requests = []
    for i, value in enumerate(top.objects(key)):
        f = Fields(value, f"{key}[{i}]", ("estimate", "by", *_REQUEST_KEYS[key]))
        name = f.text("estimate")
        if name not in statistics:
            raise f.fail("estimate", f"no estimate is called {name!r}")
        if statistics[name] == "quantile":
            raise f.fail("estimate", "quantiles have no covariance between domains; choose another statistic")
        adjust = f.text("adjust", default="none", among=("none", "holm", "bonferroni"))
        requests.append(Request(name, f.texts("by"), adjust, f.number("level", default=level, low=0, high=1)))
    return tuple(requests)
