"""Which figures of a run may be shown, and whether the rows behind them may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from analysis.disclosure import suppress
from survey.models import DomainLevel, Estimate
from survey.queries.published import Key

Table = Mapping[Key, Mapping[str, Estimate]]
Cell = tuple[Key, str]  # domain and name of the estimate
Hidden = frozenset[Cell]
Factors = Mapping[str, tuple[str, ...]]

PROVINCE: Key = (DomainLevel.province, "")
MEAN_OF_AGENCIES = "mean_of_agencies@1"


def hidden_figures(
    table: Table,
    tier_of: Mapping[str, str],
    index: str,
    minimum: int,
    factors: Factors | None = None,
    averages: Collection[str] = (),
) -> Hidden:
    """Figures kept back: those on fewer than `minimum` people, and others so that none follows by subtraction.

    A domain whose index is hidden shows nothing at all. A factor can be hidden on its own, but the index is made
    of `factors` and a factor of its items: never is one part alone unknown, in its domain or in its tier. Two
    averages of the same parts would be two equations, so the other `averages` go where a part is hidden.
    """
    sums = [(index, tuple(factors or ())), *(factors or {}).items()]
    whole = _hidden_domains(table, index, tier_of, minimum, frozenset())
    hidden: set[Cell] = {(key, name) for key in whole for name in table[key]}
    names = sorted({name for figures in table.values() for name in figures})
    known = -1
    while len(hidden) > known:
        known = len(hidden)
        for name in names:
            hidden |= {(key, name) for key in _hidden_domains(table, name, tier_of, minimum, hidden)}
        for key in table:
            for total, parts in sums:
                hidden |= set(_unknown_alone(table, tier_of, key, total, parts, hidden))
    return frozenset(hidden | set(_second_averages(table, tier_of, index, hidden, tuple(factors or ()), averages)))


def _hidden_domains(
    table: Table, name: str, tier_of: Mapping[str, str], minimum: int, hidden: Collection[Cell]
) -> set[Key]:
    """Domains that may not show one estimate; what is hidden already counts as too thin."""
    counts = {key: figures[name].n for key, figures in table.items() if name in figures}
    counts = {key: min(n, minimum - 1) if (key, name) in hidden else n for key, n in counts.items()}
    if 0 < counts.get(PROVINCE, 0) < minimum:
        return set(counts)
    agencies = {code: n for (level, code), n in counts.items() if level is DomainLevel.agency}
    tiers = {code: n for (level, code), n in counts.items() if level is DomainLevel.tier}
    thin = suppress(agencies, tier_of, minimum=minimum)
    for tier, n in tiers.items():
        group = [agencies[code] for code in thin if tier_of[code] == tier]
        if group and (len(group) == 1 or sum(group) < minimum):
            tiers[tier] = min(n, minimum - 1)  # nobody to hide behind: the tier's own figure would tell
    thin_tiers = suppress(tiers, dict.fromkeys(tiers, "province"), minimum=minimum)
    return {(DomainLevel.agency, code) for code in thin} | {(DomainLevel.tier, code) for code in thin_tiers}


def _unknown_alone(
    table: Table, tier_of: Mapping[str, str], key: Key, total: str, parts: Sequence[str], hidden: Collection[Cell]
) -> Iterator[Cell]:
    """What goes with a hidden total or part: a total less the parts shown must not give the one that is hidden."""
    figures = table[key]
    asked = [part for part in parts if part in figures and figures[part].n > 0]
    lost = [part for part in asked if (key, part) in hidden]
    if (key, total) in hidden:
        yield from ((key, part) for part in asked)
    elif lost and len(asked) == 1:
        yield key, total
    elif len(lost) == 1:
        tier = tier_of.get(key[1])
        beside = {name for (_, code), name in hidden if tier_of.get(code) == tier}  # draws in no further agency
        others = [part for part in asked if part not in lost]
        yield key, min(others, key=lambda part: (part not in beside, figures[part].n))


def _second_averages(
    table: Table,
    tier_of: Mapping[str, str],
    index: str,
    hidden: Collection[Cell],
    factors: Sequence[str],
    averages: Collection[str],
) -> Iterator[Cell]:
    """Further averages over hidden parts: of factors in any domain, of agencies in their tier and the whole."""
    for key, figures in table.items():
        if any((key, factor) in hidden for factor in factors):
            yield from ((key, name) for name in averages if name in figures)
    tiers = {tier_of[code] for (level, code), name in hidden if level is DomainLevel.agency and name == index}
    for key in (*((DomainLevel.tier, tier) for tier in sorted(tiers)), *([PROVINCE] if tiers else [])):
        if MEAN_OF_AGENCIES in table[key]:
            yield key, MEAN_OF_AGENCIES


def rows_can_be_public(
    frame: pd.DataFrame, hidden: Hidden, columns: Sequence[str], minimum: int, *, synthetic: bool
) -> bool:
    """Whether the unit rows may stand in the open release.

    Never when an agency is hidden. Rows of real people moreover only when no figure is hidden and nobody can be
    singled out: each combination of the columns that are not answers is shared by `minimum` units or more.
    """
    if any(level is DomainLevel.agency and name == "index" for (level, _), name in hidden):
        return False
    if synthetic:
        return True
    return not hidden and int(frame.groupby(list(columns), dropna=False).size().min()) >= minimum
