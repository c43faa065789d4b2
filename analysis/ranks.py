"""Confidence sets for ranks: which places an agency may hold, given its neighbours and their covariance."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.codes import BoolArray, FloatArray, IntArray
from analysis.compare import effective_covariance
from analysis.estimate import Estimator
from analysis.rows import Row, Table, domain_of
from analysis.spec import Request

DRAWS = 10_000
SMALL_DF = 30  # under this many degrees of freedom draws come from the multivariate t
DEFAULT_SEED = "ranks"

_Draws = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RankSets:
    """Ranks (1 = highest; ties share the better rank) with confidence sets, all (p,) or (p, 2)."""

    rank: IntArray
    marginal: IntArray
    simultaneous: IntArray


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
    marginal = np.array([_marginal(j, observed[j], sample, inverse[j], level) for j in range(p)])
    above = _simultaneous(observed, sample, inverse, level)
    rank = 1 + (difference < 0).sum(axis=1)
    return RankSets(rank, marginal.reshape(p, 2), _limits(above))


def _draw(covariance: FloatArray, rng: np.random.Generator, df: float, draws: int) -> _Draws:
    """(p, draws) centred draws."""
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)
    sample = root @ rng.standard_normal((len(covariance), draws), dtype=np.float32)
    if df < SMALL_DF:
        sample = sample / np.sqrt(rng.chisquare(df, draws) / df).astype(np.float32)
    return np.asarray(sample, dtype=np.float32)


def _limits(above: BoolArray) -> IntArray:
    """Rank limits from the matrix "row is surely above column"."""
    return np.column_stack([1 + above.sum(axis=0), len(above) - above.sum(axis=1)])


def _quantile(values: npt.NDArray[np.floating], level: float) -> float:
    return float(np.quantile(values, level, method="higher"))


def _marginal(
    j: int, observed: FloatArray, sample: _Draws, inverse: npt.NDArray[np.float32], level: float
) -> tuple[int, int]:
    """Limits of one rank: hypotheses with j on either side, stepwise."""
    scaled = (sample[j] - sample) * inverse[:, None]
    others = np.arange(len(observed)) != j
    beats, loses = np.zeros(len(observed), dtype=bool), np.zeros(len(observed), dtype=bool)
    while True:
        top = np.zeros(sample.shape[1], dtype=np.float32)
        if (others & ~beats).any():
            top = np.maximum(top, scaled[others & ~beats].max(axis=0))
        if (others & ~loses).any():
            top = np.maximum(top, -scaled[others & ~loses].min(axis=0))
        critical = _quantile(top, level)
        more = (observed > critical) & ~beats, (observed < -critical) & ~loses
        if not (more[0].any() or more[1].any()):
            return 1 + int(loses.sum()), len(observed) - int(beats.sum())
        beats, loses = beats | more[0], loses | more[1]


def _simultaneous(
    observed: FloatArray, sample: _Draws, inverse: npt.NDArray[np.float32], level: float
) -> BoolArray:
    """All directed pairs at once, stepwise: the matrix "row is surely above column"."""
    above = np.zeros(observed.shape, dtype=bool)
    while True:
        top = np.zeros(sample.shape[1], dtype=np.float32)
        for j in range(len(observed)):
            open_pairs = ~above[j]
            scaled = (sample[j] - sample[open_pairs]) * inverse[j][open_pairs, None]
            np.maximum(top, scaled.max(axis=0), out=top)
        more = (observed > _quantile(top, level)) & ~above
        if not more.any():
            return above
        above |= more


def rank_rows(estimator: Estimator, table: Table, request: Request) -> Iterator[Row]:
    """Ranks of a table's domains as rows of RESULT; a domain without estimate has nulls."""
    theta = table.solution.estimate
    matrix = effective_covariance(estimator, table)
    known = np.isfinite(theta) & np.isfinite(np.diag(matrix))
    smallest = float(table.members.df[known].min(initial=np.inf))
    usable = known.any() and smallest > 0
    sets = None
    if usable:
        part = matrix[np.ix_(known, known)]
        sets = rank_sets(theta[known], part, generator(DEFAULT_SEED), level=request.level, df=smallest)
    place = np.cumsum(known) - 1
    for d, key in enumerate(table.level.keys):
        found = sets if known[d] else None
        flags = [] if known[d] else ["empty"]
        if known[d] and not usable:
            flags = ["no_df"]
        if known[d] and table.solution.variable.bounded and table.uncertain.on_boundary[d]:
            flags.append("boundary")
        yield {
            "name": request.estimate,
            "variable": table.solution.variable.label,
            "domain": domain_of(request.by, key),
            "rank": None if found is None else int(found.rank[place[d]]),
            "marginal": None if found is None else found.marginal[place[d]].tolist(),
            "simultaneous": None if found is None else found.simultaneous[place[d]].tolist(),
            "flags": flags,
        }
