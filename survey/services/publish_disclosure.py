"""Which figures of a run may be shown, and whether the rows behind them may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.disclosure import suppress
from survey.models import DomainLevel, Estimate
from survey.queries.published import Key

Table = Mapping[Key, Mapping[str, Estimate]]
Hidden = frozenset[tuple[Key, str]]  # domain and name of the estimate

PROVINCE: Key = (DomainLevel.province, "")


def hidden_figures(table: Table, tier_of: Mapping[str, str], index: str, minimum: int) -> Hidden:
    """Figures kept back: those on fewer than `minimum` people, and others so that none follows by subtraction.

    A domain whose index is hidden shows nothing at all; a single criterion can be hidden on its own.
    """
    whole = _hidden_domains(table, index, tier_of, minimum)
    hidden = {(key, name) for key in whole for name in table[key]}
    for name in {name for figures in table.values() for name in figures}:
        hidden |= {(key, name) for key in _hidden_domains(table, name, tier_of, minimum)}
    return frozenset(hidden)


def _hidden_domains(table: Table, name: str, tier_of: Mapping[str, str], minimum: int) -> set[Key]:
    counts = {key: figures[name].n for key, figures in table.items() if name in figures}
    if 0 < counts.get(PROVINCE, 0) < minimum:
        return set(counts)
    agencies = {code: n for (level, code), n in counts.items() if level is DomainLevel.agency}
    tiers = {code: n for (level, code), n in counts.items() if level is DomainLevel.tier}
    hidden = suppress(agencies, tier_of, minimum=minimum)
    for tier, n in tiers.items():
        group = [agencies[code] for code in hidden if tier_of[code] == tier]
        if group and (len(group) == 1 or sum(group) < minimum):
            tiers[tier] = min(n, minimum - 1)  # nobody to hide behind: the tier's own figure would tell
    hidden_tiers = suppress(tiers, dict.fromkeys(tiers, "province"), minimum=minimum)
    return {(DomainLevel.agency, code) for code in hidden} | {(DomainLevel.tier, code) for code in hidden_tiers}


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
