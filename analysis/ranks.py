"""Confidence sets for ranks: which places an agency may hold, given its neighbours and their covariance."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.codes import BoolArray, FloatArray, IntArray
from analysis.compare import effective_covariance
from analysis.estimate import Estimator
from analysis.ranks_draws import Draws, Exceeding, Singles
from analysis.rows import Row, Table, domain_of
from analysis.spec import Request

DRAWS = 10_000
SMALL_DF = 30  # under this many degrees of freedom draws come from the multivariate t
DEFAULT_SEED = "ranks"


@dataclass(frozen=True)
class RankSets:
    """Ranks of p estimates with their confidence sets.

    Attributes
    ----------
    rank : (p,) array of int                    1 = highest; ties share the better rank
    marginal, simultaneous : (p, 2) arrays      lowest and highest rank of each set
    above : (p, p) array of bool                row is surely above column, all pairs at once
    lowest_decile : (p,) array of float         share of the draws centred at the estimates, N(θ, Σ) or t, in which
                                                each is among the lowest tenth (at least one): how firmly this
                                                sample puts it there, no coverage of where its true rank lies
    """

    rank: IntArray
    marginal: IntArray
    simultaneous: IntArray
    above: BoolArray
    lowest_decile: FloatArray

    def groups(self) -> list[list[int]]:
        """Longest runs in the order of ranks within which no one is surely above another.

        >>> sets = rank_sets(np.array([0.9, 0.5, 0.88]), np.diag([1e-4, 1e-4, 1e-4]), generator("a"))
        >>> sets.groups()
        [[0, 2], [1]]
        """
        order = np.argsort(self.rank, kind="stable")
        found: list[list[int]] = []
        for start in range(len(order)):
            end = start + 1
            while end < len(order) and not self.above[order[start:end], order[end]].any():
                end += 1
            run = [int(k) for k in order[start:end]]
            if not found or run[-1] not in found[-1]:
                found.append(run)
        return found


def generator(seed: str) -> np.random.Generator:
    """PCG64 seeded by SHA-256 of the UTF-8 text: the same draws on any machine."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")))


def rank_sets(
    estimate: FloatArray,
    covariance: FloatArray,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    df: float = np.inf,
    draws: int = DRAWS,
) -> RankSets:
    """Two-sided stepwise confidence sets for the ranks of p estimates.

    Parameters
    ----------
    estimate : (p,) array of float
    covariance : (p, p) array of float
    rng : Generator
    level : float in (0, 1)
    df : float             degrees of freedom of the draws; under 30 multivariate t, else normal
    draws : int

    Returns
    -------
    RankSets
        `marginal[j]` covers the rank of j with probability `level`; `simultaneous` all ranks at once.

    Raises
    ------
    ValueError
        If the shapes disagree or `covariance` has a negative variance.

    Notes
    -----
    T_jk = (θ_j - θ_k)/σ_jk. H_jk: θ_j <= θ_k is rejected where T_jk > c, c the `level` quantile of the maximum of
    the centred T over the hypotheses not yet rejected; repeated until nothing more is rejected [1]_. Marginal
    sets take the hypotheses with j on either side, simultaneous ones all pairs. The set of j is
    [1 + #{k : k surely above j}, p - #{k : k surely below j}].

    References
    ----------
    .. [1] Mogstad, M., Romano, J., Shaikh, A. and Wilhelm, D. (2024). Inference for ranks with applications to
       mobility across neighbourhoods and academic achievement across countries. REStud 91, 476-518.

    Examples
    --------
    >>> sets = rank_sets(np.array([0.9, 0.5, 0.88]), np.diag([1e-4, 1e-4, 1e-4]), generator("a"))
    >>> sets.rank.tolist(), sets.marginal.tolist()
    ([1, 3, 2], [[1, 2], [3, 3], [1, 2]])
    """
    p = len(estimate)
    if np.shape(covariance) != (p, p):
        raise ValueError(f"`covariance` must be {p} by {p}; found {np.shape(covariance)}")
    diagonal = np.diag(covariance)
    if (diagonal < 0).any():
        raise ValueError(f"`covariance` must have no negative variance; entry {np.argmin(diagonal)} has one")
    sigma = np.sqrt(np.maximum(np.add.outer(diagonal, diagonal) - 2 * covariance, 0))
    difference = np.subtract.outer(estimate, estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.where(sigma > 0, difference / sigma, np.sign(difference) * np.inf)
        inverse = np.where(sigma > 0, 1 / sigma, 0.0).astype(np.float32)
    observed[difference == 0] = 0.0
    sample = _draw(covariance, rng, df, draws)
    drawn = Draws(sample, inverse, level)
    marginal = np.array([_marginal(j, observed[j], drawn) for j in range(p)], dtype=np.intp)
    above = _simultaneous(observed, drawn)
    simultaneous = np.column_stack([1 + above.sum(axis=0), p - above.sum(axis=1)])
    rank = 1 + (difference < 0).sum(axis=1)
    low = _lowest_decile(estimate, sample)
    return RankSets(rank, marginal.reshape(p, 2), simultaneous, above, low)


def _lowest_decile(estimate: FloatArray, sample: Singles) -> FloatArray:
    """Share of the draws around the estimates in which each is among the lowest tenth."""
    number = max(1, len(estimate) // 10)
    values = np.ascontiguousarray((sample + estimate.astype(np.float32)[:, None]).T)
    limit = np.partition(values, number - 1, axis=1)[:, number - 1, None]
    return np.asarray((values <= limit).mean(axis=0), dtype=np.float64)


def _draw(covariance: FloatArray, rng: np.random.Generator, df: float, draws: int) -> Singles:
    """(p, draws) centred draws."""
    diagonal, normal = np.diag(covariance), rng.standard_normal((len(covariance), draws), dtype=np.float32)
    if np.count_nonzero(covariance) == np.count_nonzero(diagonal):  # independent: eigenvectors are known
        order = np.argsort(diagonal, kind="stable")
        sample = np.empty_like(normal)
        sample[order] = np.sqrt(diagonal[order]).astype(np.float32)[:, None] * normal
    else:
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)
        sample = np.asarray(root @ normal, dtype=np.float32)
    if df < SMALL_DF:
        sample /= np.sqrt(rng.chisquare(df, draws) / df).astype(np.float32)
    return sample


def _marginal(j: int, observed: FloatArray, draws: Draws) -> tuple[int, int]:
    """Limits of one rank: hypotheses with j on either side, "j above k" as k and "k above j" as p + k."""
    p = len(observed)

    def exceeding(floor: float) -> Exceeding:
        draw, k, value = draws.differences(j, floor)
        return Exceeding(draw, np.where(value > 0, k, p + k), np.abs(value))

    rejected = draws.rejected(np.concatenate([observed, -observed]), draws.largest[j], exceeding)
    return 1 + int(rejected[p:].sum()), p - int(rejected[:p].sum())


def _simultaneous(observed: FloatArray, draws: Draws) -> BoolArray:
    """All ordered pairs at once: the matrix "row is surely above column"."""
    p = len(observed)

    def exceeding(floor: float) -> Exceeding:
        found = [_above(j, *draws.differences(j, floor), p) for j in range(p)]
        return Exceeding(*(np.concatenate(column) for column in zip(*found, strict=True)))

    return draws.rejected(observed.ravel(), draws.largest.max(axis=0), exceeding).reshape(p, p)


def _above(j: int, draw: IntArray, k: IntArray, value: Singles, p: int) -> tuple[IntArray, IntArray, Singles]:
    """Of the differences those that put j above k: each pair is then met once."""
    over = value > 0
    return draw[over], j * p + k[over], value[over]


def rank_rows(estimator: Estimator, table: Table, request: Request) -> Iterator[Row]:
    """Ranks of a table's domains as rows of RESULT; one without estimate or df has nulls and does not count."""
    theta = table.solution.estimate
    matrix = effective_covariance(estimator, table)
    known = np.isfinite(theta) & np.isfinite(np.diag(matrix)) & (table.members.df > 0)
    sets = None
    if known.any():
        smallest = float(table.members.df[known].min())
        part = matrix[np.ix_(known, known)]
        sets = rank_sets(theta[known], part, generator(DEFAULT_SEED), level=request.level, df=smallest)
    place = np.cumsum(known) - 1
    boundary = table.uncertain.on_boundary & table.solution.variable.bounded
    for d, key in enumerate(table.level.keys):
        found = sets if known[d] else None
        tests = {"empty": np.isnan(theta[d]), "no_df": not known[d] and np.isfinite(theta[d])}
        tests["boundary"] = known[d] and boundary[d]
        flags = [flag for flag, holds in tests.items() if holds]
        yield {
            "name": request.estimate,
            "variable": table.solution.variable.label,
            "domain": domain_of(request.by, key),
            "rank": None if found is None else int(found.rank[place[d]]),
            "marginal": None if found is None else found.marginal[place[d]].tolist(),
            "simultaneous": None if found is None else found.simultaneous[place[d]].tolist(),
            "lowest_decile": None if found is None else float(found.lowest_decile[place[d]]),
            "flags": flags,
        }
