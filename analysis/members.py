"""Who counts in a domain: rows, first-stage units and strata, and the degrees of freedom they leave."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.codes import BoolArray, FloatArray, IntArray, compress, sums, tally
from analysis.design import Design
from analysis.totals import By, Totals


@dataclass(frozen=True)
class Membership:
    """How many rows, first-stage units and strata have a valid answer in each domain, (D,) each."""

    n: FloatArray
    n_psu: FloatArray
    df: FloatArray


def membership(totals: Totals, counted: BoolArray, by: By) -> Membership:
    """Count rows, PSUs and strata with members of each domain.

    Parameters
    ----------
    totals : Totals
    counted : (n,) array of bool   rows with a valid answer
    by : the level

    Returns
    -------
    Membership                     df = PSUs - strata, both with members of the domain

    Raises
    ------
    KeyError
        If the level is not among those of `totals`.

    References
    ----------
    .. [1] Korn, E. and Graubard, B. (1999). Analysis of Health Surveys, section 5.2 (subpopulation df).

    Examples
    --------
    See `analysis.run.estimate`.
    """
    level, first = totals.levels[by], totals.design.stages[0]
    rows = totals.counts(counted)
    n = totals.counted(counted, by)
    present = level.per_group(rows) > 0
    strata = totals.strata(by)
    if strata is not None:
        one_each = totals.design.rows_are_units
        n_psu = n if one_each else sums(level.domain, present, level.size + 1)[: level.size]
        met = sums(strata.pair, present, len(strata.domain)) > 0
        return Membership(n, n_psu, n_psu - tally(strata.domain[met], level.size + 1)[: level.size])
    domain, unit = level.domain[present], _first_stage_unit(totals.design, level.unit[present])
    if len(domain):
        _, found = compress(domain * len(first.stratum) + unit, (level.size + 1) * len(first.stratum))
        domain, unit = found // len(first.stratum), found % len(first.stratum)
    n_psu = tally(domain, level.size + 1)[: level.size]
    h = len(first.sampled)
    _, pairs = compress(domain * h + first.stratum[unit], (level.size + 1) * h)
    n_strata = tally(pairs // h, level.size + 1)[: level.size]
    return Membership(n, n_psu, n_psu - n_strata)


def _first_stage_unit(design: Design, unit: IntArray) -> IntArray:
    for stage in design.stages[:0:-1]:
        unit = stage.stratum[unit]
    return unit


def union_df(totals: Totals, counted: BoolArray, by: By) -> FloatArray:
    """PSUs - strata with members of either of two domains, for every pair.

    Parameters
    ----------
    totals : Totals
    counted : (n,) array of bool   rows with a valid answer
    by : the level

    Returns
    -------
    (D, D) array of float

    Raises
    ------
    KeyError
        If the level is not among those of `totals`.

    References
    ----------
    docs/statistics.md, "Comparison and ranks".

    Examples
    --------
    See `analysis.run.estimate` with the key ``compare``.
    """
    level, first = totals.levels[by], totals.design.stages[0]
    rows = level.per_group(totals.counts(counted))
    present = (rows > 0) & (level.domain < level.size)
    domain, psu = level.domain[present], _first_stage_unit(totals.design, level.unit[present])

    def either(unit: IntArray, units: FloatArray) -> FloatArray:
        table = sparse.csr_array((np.ones(len(unit)), (domain, unit)), shape=(level.size, len(units)))
        table.sum_duplicates()
        table.data[:] = 1.0
        both = (table @ sparse.diags_array(units) @ table.T).toarray()
        return np.asarray(np.add.outer(np.diag(both), np.diag(both)) - both)

    units = np.ones(len(first.stratum))
    if totals.design.rows_are_units and len(totals.design.stages) == 1:
        units[psu] = rows[present]
    return either(psu, units) - either(first.stratum[psu], np.ones(len(first.sampled)))
