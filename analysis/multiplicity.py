"""Multiplicities of sampling units in replicates: jackknife, balanced half-samples, bootstrap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from analysis.codes import FloatArray, IntArray
from analysis.design import Design, Stage
from analysis.errors import InputError, Refusal
from analysis.ranks import generator
from analysis.spec import Replicates

_LARGEST = 300_000_000  # multiplicities held at once

Shifts = FloatArray | sparse.csr_array


@dataclass(frozen=True)
class Replication:
    """How R replicates differ from the full sample.

    Attributes
    ----------
    shift : (U, R) array, sparse or dense    multiplicity of each unit minus 1; of each row where `by_row`
    scale, rscales : float, (R,) array       V = scale Σ rscales_r (θ_r - centre)²
    mse : bool                               centre at the full-sample estimate instead of the replicates' mean
    df : int                                 rank - 1
    by_row : bool                            units are the rows
    """

    shift: Shifts
    scale: float
    rscales: FloatArray
    mse: bool
    df: int
    by_row: bool = False

    def spread(self, replicates: FloatArray, full: FloatArray) -> FloatArray:
        """Deviations of the (R, D) replicates, scaled so that their cross-products are the covariance."""
        used = self.rscales > 0
        centre = full if self.mse else replicates[used].mean(axis=0)
        return np.asarray((replicates - centre) * np.sqrt(self.scale * self.rscales)[:, None])


def multiplicities(design: Design, spec: Replicates) -> Replication:
    """The replicates of a method.

    Parameters
    ----------
    design : Design
    spec : Replicates       `method`, number, seed, rho

    Returns
    -------
    Replication

    Raises
    ------
    InputError
        If the method does not fit the design.
    Refusal
        If balanced half-samples are asked for and a stratum has not two PSUs.

    Notes
    -----
    jk1     leaves one PSU out, the others times P/(P-1); scale (P-1)/P · (1-f)
    jkn     the same within its stratum; rscales (n_h-1)/n_h · (1-f_h)
    brr     half of each pair of PSUs by a Hadamard matrix; fay: ±(1-rho); √(1-f_h) shrinks both
    rao_wu  n_h - 1 of n_h PSUs with replacement, m = 1 + √(1-f_h) (n_h/(n_h-1) · times drawn - 1) [1]_;
            with an fpc at deeper stages half-samples without replacement at each stage [2]_

    References
    ----------
    .. [1] Rao, J. and Wu, C. (1988). Resampling inference with complex survey data. JASA 83, 231-241.
    .. [2] Preston, J. (2009). Rescaled bootstrap for stratified multistage sampling. Surv. Methodol. 35, 227-234.

    Examples
    --------
    See tests/analysis/test_replicate.py.
    """
    return _METHODS[spec.method](design, spec)


def _df(stage: Stage, replicates: int) -> int:
    return min(replicates - 1, len(stage.stratum) - int((stage.sampled > 0).sum()))


def _jackknife(design: Design, spec: Replicates) -> Replication:
    stage, p = design.stages[0], len(design.stages[0].stratum)
    if spec.method == "jk1" and len(stage.sampled) > 1:
        raise InputError("replicates.method", "jk1 is for a design without strata; use jkn")
    n = stage.sampled[stage.stratum]
    usable = n > 1
    order = np.argsort(stage.stratum, kind="stable")
    first = np.concatenate([[0], np.cumsum(stage.sampled)]).astype(np.intp)
    rows = np.repeat(np.arange(p), n.astype(np.intp))
    inside = np.concatenate([order[first[h] : first[h + 1]] for h in stage.stratum])
    value = np.where(rows == inside, -1.0, 1 / np.maximum(n[rows] - 1, 1)) * usable[rows]
    rscales = (n - 1) / n * np.maximum(1 - stage.fraction, 0)[stage.stratum]
    scale = 1.0
    if spec.method == "jk1":
        scale, rscales = float(rscales[0]), np.ones(p)
    shift = sparse.csr_array((value, (inside, rows)), shape=(p, p))
    return _lifted(design, Replication(shift, scale, rscales, spec.mse, _df(stage, p)))


def _half_samples(design: Design, spec: Replicates) -> Replication:
    stage = design.stages[0]
    odd = np.flatnonzero(stage.sampled != 2)
    if len(odd):
        name = f"stratum {design.stratum_labels[odd[0]]!r}" if design.stratum_labels else "one"
        raise Refusal(
            "replicates.method",
            f"{spec.method} needs two PSUs in every stratum; {name} has {stage.sampled[odd[0]]:g}",
        )
    h = len(stage.sampled)
    size = 1 << int(h).bit_length()
    signs = linalg.hadamard(size).astype(np.float64)[:, 1 : h + 1]
    order = np.argsort(stage.stratum, kind="stable")
    side = np.empty(len(order))
    side[order] = np.tile([1.0, -1.0], h)
    rho = spec.rho if spec.method == "fay" else 0.0
    free = np.sqrt(np.maximum(1 - stage.fraction, 0))
    shift = (1 - rho) * (signs * free).T[stage.stratum] * side[:, None]
    made = Replication(shift, 1 / (size * (1 - rho) ** 2), np.ones(size), spec.mse, _df(stage, size))
    return _lifted(design, made)


def _bootstrap(design: Design, spec: Replicates) -> Replication:
    rng, deepest = generator(spec.seed), design.stages[-1]
    if spec.n * len(deepest.stratum) > _LARGEST:
        raise InputError("replicates.n", f"{spec.n} replicates of {len(deepest.stratum)} units are too many")
    one = len(design.stages) == 1
    shift = _rao_wu(deepest, spec.n, rng) if one else _preston(design.stages, spec.n, rng)
    scale = 1 / spec.n if spec.mse else 1 / (spec.n - 1)
    return Replication(shift, scale, np.ones(spec.n), spec.mse, _df(design.stages[0], spec.n))


def _by_stratum(stage: Stage) -> list[IntArray]:
    order = np.argsort(stage.stratum, kind="stable")
    return np.split(order, np.cumsum(stage.sampled)[:-1].astype(np.intp))


def _rao_wu(stage: Stage, replicates: int, rng: np.random.Generator) -> FloatArray:
    shift = np.zeros((len(stage.stratum), replicates))
    for h, units in enumerate(_by_stratum(stage)):
        n = len(units)
        if n > 1:
            times = _times_drawn(n, replicates, rng)
            shift[units] = np.sqrt(max(1 - stage.fraction[h], 0)) * (times * (n / (n - 1)) - 1)
    return shift


def _times_drawn(n: int, replicates: int, rng: np.random.Generator) -> IntArray:
    """(n, R): how often each of n units is among n - 1 drawn with replacement."""
    unit = rng.integers(0, n, size=(n - 1, replicates), dtype=np.int32)
    place = unit * replicates + np.arange(replicates, dtype=np.int32)
    return np.bincount(place.ravel(), minlength=n * replicates).reshape(n, replicates)


def _preston(stages: Sequence[Stage], replicates: int, rng: np.random.Generator) -> FloatArray:
    """Σ_g λ_g Π_{t<g} √(n_t/m_t) δ_t · (n_g/m_g δ_g - 1) over the stages g, δ = 1 in the half-sample."""
    units = 1
    path, fraction, shift = np.ones((replicates, 1)), np.ones(1), np.zeros((replicates, 1))
    for depth, stage in enumerate(stages):
        parent = stage.stratum if depth else np.zeros(len(stage.stratum), dtype=np.intp)
        path, fraction, shift = path[:, parent], fraction[parent], shift[:, parent]
        n = stage.sampled[stage.stratum]
        m = np.maximum(np.floor(n / 2), 1)
        chosen = np.zeros((replicates, len(stage.stratum)))
        for members in _by_stratum(stage):
            keys = rng.random((replicates, len(members)))
            half = max(len(members) // 2, 1)
            picked = np.argpartition(keys, half - 1, axis=1)[:, :half]
            np.put_along_axis(chosen, members[picked], 1.0, axis=1)
        own = stage.fraction[stage.stratum]
        reach = np.where(n > 1, m * fraction * np.maximum(1 - own, 0) / np.maximum(n - m, 1), 0.0)
        shift = shift + np.sqrt(reach) * path * (n / m * chosen - 1)
        path, fraction = path * np.sqrt(n / m) * chosen, fraction * own
        units = len(stage.stratum)
    return shift.reshape(replicates, units).T


def _lifted(design: Design, made: Replication) -> Replication:
    """Shifts of first-stage units carried down to the units of the totals."""
    unit = np.arange(len(design.stages[-1].stratum))
    for stage in design.stages[:0:-1]:
        unit = stage.stratum[unit]
    if len(design.stages) == 1:
        return made
    return Replication(made.shift[unit], made.scale, made.rscales, made.mse, made.df)


_METHODS: dict[str, Callable[[Design, Replicates], Replication]] = {
    "jk1": _jackknife,
    "jkn": _jackknife,
    "brr": _half_samples,
    "fay": _half_samples,
    "rao_wu_bootstrap": _bootstrap,
}
