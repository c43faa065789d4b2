"""The weighting steps of a DESIGN: what each may say, checked before any data are seen."""

from dataclasses import dataclass

from analysis.errors import InputError, Refusal
from analysis.fields import Fields, kind, number_table

_METHODS = {
    "nonresponse_classes": ("by", "respondent", "collapse"),
    "nonresponse_propensity": ("covariates", "respondent", "classes"),
    "poststratify": ("by", "totals"),
    "rake": ("margins", "on_infeasible"),
    "linear": ("totals", "bounds", "on_infeasible"),
    "raking": ("totals", "bounds", "on_infeasible"),
    "logit": ("totals", "bounds", "on_infeasible"),
    "trim": ("max", "absolute"),
}


@dataclass(frozen=True)
class Step:
    """One weighting step; the fields that its `method` does not use keep their defaults."""

    method: str
    where: str
    by: tuple[str, ...] = ()
    respondent: str = ""
    collapse: bool = False
    covariates: tuple[str, ...] = ()
    classes: int = 5
    totals: tuple[tuple[str, float], ...] = ()
    margins: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    bounds: tuple[float, float] | None = None
    on_infeasible: str = "fail"
    maximum: float = 0.0
    absolute: bool = False


def parse_steps(values: list[object]) -> tuple[Step, ...]:
    """Check the list `calibration` of a DESIGN."""
    steps = tuple(_step(value, f"calibration[{i}]") for i, value in enumerate(values))
    for i, step in enumerate(steps):
        if step.respondent and i:
            raise InputError(step.where, "the non-response adjustment must be the first step")
    return steps


def _step(value: object, where: str) -> Step:
    method = Fields(value, where, tuple(value) if isinstance(value, dict) else ()).text(
        "method", among=tuple(_METHODS)
    )
    f = Fields(value, where, ("method", *_METHODS[method]))
    step = Step(method, where)
    if "respondent" in _METHODS[method]:
        classes = f.number("classes", default=5, low=0, high=1000)
        return Step(
            method,
            where,
            by=f.texts("by"),
            respondent=f.text("respondent"),
            covariates=f.texts("covariates"),
            collapse=f.flag("collapse", default=False),
            classes=int(classes),
        )
    if method == "poststratify":
        return Step(method, where, by=f.texts("by"), totals=tuple(f.table("totals").items()))
    if method == "trim":
        limit = f.number("max", default=0, low=0, high=1e300)
        return Step(method, where, maximum=limit, absolute=f.flag("absolute", default=False))
    on_infeasible = f.text("on_infeasible", default="fail", among=("fail", "ridge", "drop"))
    if method == "rake":
        return Step(step.method, where, margins=_margins(f), on_infeasible=on_infeasible)
    return Step(
        method,
        where,
        totals=tuple(f.table("totals").items()),
        bounds=_bounds(f),
        on_infeasible=on_infeasible,
    )


def _margins(f: Fields) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    value = f.get("margins")
    if not isinstance(value, dict) or not value:
        raise f.fail("margins", f"must be an object of column: totals, found {kind(value)}")
    margins = tuple(
        (str(name), tuple(number_table(table, f"{f.at('margins')}.{name}").items()))
        for name, table in value.items()
    )
    first, total = margins[0][0], sum(count for _, count in margins[0][1])
    for name, table in margins[1:]:
        other = sum(count for _, count in table)
        if abs(other - total) > 1e-9 * abs(total):
            raise Refusal(f.at("margins"), f"{name!r} sums to {other:g} but {first!r} to {total:g}")
    return margins


def _bounds(f: Fields) -> tuple[float, float] | None:
    bounds = f.numbers("bounds")
    if not bounds:
        if f.get("method") == "logit":
            raise f.fail("bounds", "logit calibration needs bounds")
        return None
    if len(bounds) != 2 or not 0 <= bounds[0] < 1 < bounds[1]:
        raise f.fail("bounds", f"must be [low, high] with 0 <= low < 1 < high, found {list(bounds)}")
    return bounds[0], bounds[1]
