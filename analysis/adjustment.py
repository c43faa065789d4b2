"""How adjusted weights enter the standard error: residuals on what was adjusted to, and the response phase."""

from dataclasses import dataclass, field

import numpy as np
from scipy import linalg, sparse

from analysis.codes import BoolArray, FloatArray, IntArray
from analysis.design import Design
from analysis.variance import Influence, variance

_CHUNK = 10_000_000  # entries of a row-by-domain table held at once


@dataclass(frozen=True)
class Calibrated:
    """A step that reproduces totals of X: influence is the residual of the regression on X with `prior`.

    Rows that share their calibration variables (the same cell of the margins) are one row of `table`.

    Attributes
    ----------
    group : (n, K) sparse array    which row of `table` each row has; none for rows not in the step
    table : (K, q) sparse array    calibration variables
    prior : (n,) array of float    weights before the step
    """

    group: sparse.csr_array
    table: sparse.csr_array
    prior: FloatArray
    solver: FloatArray | sparse.dia_array = field(init=False)

    def __post_init__(self) -> None:
        gram = self.table.T @ sparse.diags_array(self.group.T @ self.prior) @ self.table
        diagonal = gram.diagonal()
        if gram.count_nonzero() == np.count_nonzero(diagonal):  # disjoint classes: nothing to invert
            inverse = np.divide(1.0, diagonal, out=np.zeros_like(diagonal), where=diagonal > 0)
            object.__setattr__(self, "solver", sparse.diags_array(inverse))
        else:
            object.__setattr__(self, "solver", linalg.pinvh(gram.toarray()))

    def moments(self, other: sparse.csr_array) -> FloatArray:
        """X' diag(prior) other, dense."""
        return np.asarray((self.table.T @ (self.group.T @ (sparse.diags_array(self.prior) @ other))).todense())

    def cross(self, other: "Calibrated") -> FloatArray:
        """X' diag(prior) X of another step."""
        together = self.group.T @ (sparse.diags_array(self.prior) @ other.group)
        return np.asarray((self.table.T @ together @ other.table).todense())

    def fitted(self, beta: FloatArray) -> sparse.csr_array:
        """X beta, (n, D)."""
        return self.group @ sparse.csr_array(self.table @ beta)


def grouped(code: IntArray, used: BoolArray, size: int) -> sparse.csr_array:
    """The (n, size) indicators of codes, empty for rows not in use."""
    pointer = np.concatenate([[0], np.cumsum(used)])
    return sparse.csr_array((np.ones(int(pointer[-1])), code[used], pointer), shape=(len(code), size))


@dataclass(frozen=True)
class Responded:
    """The response phase: classes of the sample in which respondents stand for all.

    Attributes
    ----------
    classes : Calibrated           indicators of the classes, prior = base weight of respondents, else 0
    base : (n,) array of float     base weight of every sampled row
    factor : (n,) array of float   1/φ_c for respondents, 0 for the others
    inflate : (n,) array of float  √(n_r (n_c - 1)/((n_r - 1) n_c)) for respondents: the degree of freedom
    kappa : (n,) array of float    response variance per squared residual, 0 for non-respondents
    """

    classes: Calibrated
    base: FloatArray
    factor: FloatArray
    inflate: FloatArray
    kappa: FloatArray


@dataclass(frozen=True)
class Adjustment:
    """Final weights and the steps that led to them.

    Notes
    -----
    Residuals are taken backwards, last step first: e = u - Σ X_k β_k with β_k from the weights before step k,
    z = w e [1]_. With a response phase, ē_c the class mean of e and φ_c the response share of class c,

        z_i = w0_i (ē_c + r_i/φ_c · k_c · g_i (e_i - ē_c)),
        V   = V_design(z) + Σ_respondents w0 (1-φ_c)/φ_c² · n_r/(n_r-1) · (e - ē_c)²

    the reverse decomposition of Shao and Steel [2]_: first the sampling of a population whose response is
    fixed, then the response of a population sampled whole; k_c² = n_r(n_c-1)/((n_r-1)n_c) makes the sum equal
    (1 - n_r/N) s²/n_r exactly where classes are the strata of a simple random sample. The second term is left
    out where the design has no fpc (sampling with replacement holds it already).

    References
    ----------
    .. [1] Deville, J.-C. and Särndal, C.-E. (1992). Calibration estimators. JASA 87, 376-382.
    .. [2] Shao, J. and Steel, P. (1999). Variance estimation with imputed data. JASA 94, 254-265.
    """

    weight: FloatArray
    calibrated: tuple[Calibrated, ...] = ()
    responded: Responded | None = None

    def _coefficients(self, u: sparse.csr_array) -> tuple[list[FloatArray], FloatArray | None]:
        steps = list(self.calibrated)
        betas: list[FloatArray] = []
        for k in range(len(steps) - 1, -1, -1):
            betas.insert(0, steps[k].solver @ self._moments(steps[k], u, steps[k + 1 :], betas))
        if self.responded is None:
            return betas, None
        classes = self.responded.classes
        return betas, classes.solver @ self._moments(classes, u, steps, betas)

    @staticmethod
    def _moments(
        step: Calibrated, u: sparse.csr_array, later: list[Calibrated], betas: list[FloatArray]
    ) -> FloatArray:
        moments = step.moments(u)
        for other, beta in zip(later, betas, strict=True):
            moments = moments - step.cross(other) @ beta
        return moments

    def _residuals(self, u: sparse.csr_array, betas: list[FloatArray]) -> sparse.csr_array:
        for step, beta in zip(self.calibrated, betas, strict=True):
            u = u - step.fitted(beta)
        return u

    def rows(self, u: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array | None]:
        """Linear variable of each row and domain, and the residual within response classes."""
        betas, means = self._coefficients(u)
        e = self._residuals(u, betas)
        if self.responded is None or means is None:
            return sparse.diags_array(self.weight) @ e, None
        class_mean = self.responded.classes.fitted(means)
        within = e - class_mean
        z = sparse.diags_array(self.weight * self.responded.inflate) @ within
        return z + sparse.diags_array(self.responded.base) @ class_mean, within

    def influence(self, u: FloatArray, domain: IntArray, size: int, design: Design) -> Influence:
        """Sums of the adjusted linear variable per (domain, deepest-stage unit)."""
        z, _ = self.rows(_by_domain(u, domain, size))
        stage = design.stages[-1]
        return _as_influence(z, stage.unit, len(stage.stratum))

    def variance(self, u: FloatArray, domain: IntArray, size: int, design: Design) -> FloatArray:
        """Variance of D statistics, sampling and response together; few domains at a time."""
        stage, table = design.stages[-1], _by_domain(u, domain, size).tocsc()
        width = size if not self.calibrated else max(1, _CHUNK // max(1, len(u)))
        result = np.zeros(size)
        for start in range(0, size, width):
            z, within = self.rows(table[:, start : start + width].tocsr())
            part = variance(_as_influence(z, stage.unit, len(stage.stratum)), design)
            if within is not None and self.responded is not None:
                part += self.responded.kappa @ within.power(2)
            result[start : start + width] = part
        return result

    def response_covariance(self, u: FloatArray, domain: IntArray, size: int) -> FloatArray:
        """What the response phase adds to the covariance matrix."""
        _, within = self.rows(_by_domain(u, domain, size))
        if within is None or self.responded is None:
            return np.zeros((size, size))
        return np.asarray((within.T @ (sparse.diags_array(self.responded.kappa) @ within)).todense())


def _by_domain(u: FloatArray, domain: IntArray, size: int) -> sparse.csr_array:
    """The (n, D) table with u in the column of each row's domain."""
    inside = (domain < size) & (u != 0)
    pointer = np.concatenate([[0], np.cumsum(inside)])
    return sparse.csr_array((u[inside], domain[inside], pointer), shape=(len(u), size))


def _as_influence(z: sparse.csr_array, unit: IntArray, n_units: int) -> Influence:
    rows = z.tocoo()
    row, domain = rows.coords
    fine = Influence(domain.astype(np.intp), unit[row], rows.data, z.shape[1])
    return fine.merged(fine.unit, n_units)
