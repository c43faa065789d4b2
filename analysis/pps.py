"""First stages drawn with unequal probabilities without replacement: exact joint probabilities, or none."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.codes import FloatArray, IntArray, sums
from analysis.errors import InputError, Refusal
from analysis.fields import Fields, is_number

METHODS = ("brewer", "hajek", "syg", "ht", "wr")


@dataclass(frozen=True)
class PpsSpec:
    """The key ``pps`` of a DESIGN: the column of first-stage probabilities and how variance comes from them."""

    probability: str
    method: str
    units: tuple[str, ...] = ()
    joint: tuple[tuple[float, ...], ...] = ()


def parse_pps(value: object) -> PpsSpec | None:
    """Check ``{"probability": column, "method": .., "joint": {"units": [..], "values": [[..]]}}``."""
    if value is None:
        return None
    f = Fields(value, "pps", ("probability", "method", "joint"))
    method = f.text("method", default="brewer", among=METHODS)
    if (method in ("syg", "ht")) != f.has("joint"):
        raise f.fail("joint", "joint probabilities are for syg and ht, and needed there")
    if not f.has("joint"):
        return PpsSpec(f.text("probability"), method)
    joint = Fields(f.get("joint"), "pps.joint", ("units", "values"))
    units = tuple(str(u) for u in joint.objects("units"))
    rows = joint.objects("values")
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(units) or not all(map(is_number, row)):
            raise InputError(f"pps.joint.values[{i}]", f"must hold {len(units)} numbers")
    if len(rows) != len(units):
        raise InputError("pps.joint.values", f"must have {len(units)} rows, found {len(rows)}")
    return PpsSpec(f.text("probability"), method, units, tuple(tuple(map(float, row)) for row in rows))


@dataclass(frozen=True)
class Pps:
    """Inclusion probabilities of U units, and the form of the variance.

    Attributes
    ----------
    probability : (U,) array of float   π_i in (0, 1]
    method : str                        one of `METHODS`
    joint : (U, U) array, None          π_ij with π_i on the diagonal
    """

    probability: FloatArray
    method: str
    joint: FloatArray | None = None


def matched(spec: PpsSpec, labels: Mapping[str, int], probability: FloatArray) -> Pps:
    """The probabilities in the order of the coded units, checked.

    Raises
    ------
    InputError
        If a unit has no row in `joint`, or its diagonal is not the probability.
    Refusal
        If a joint probability is 0: Sen-Yates-Grundy and Horvitz-Thompson are undefined.
    """
    if not spec.joint:
        return Pps(probability, spec.method)
    place = {unit: i for i, unit in enumerate(spec.units)}
    missing = [label for label in labels if label not in place]
    if missing:
        raise InputError("pps.joint.units", f"has no unit {missing[0]!r}, which occurs in the data")
    order = [place[label] for label, _ in sorted(labels.items(), key=lambda item: item[1])]
    joint = np.array(spec.joint)[np.ix_(order, order)]
    wrong = np.flatnonzero(~np.isclose(np.diag(joint), probability, rtol=1e-6))
    if len(wrong):
        raise InputError(
            "pps.joint.values", f"must have {probability[wrong[0]]:g} of unit {wrong[0] + 1} on its diagonal"
        )
    if (joint <= 0).any():
        i, j = np.argwhere(joint <= 0)[0]
        raise Refusal("pps.joint", f"units {i + 1} and {j + 1} can never be drawn together; use hajek or brewer")
    return Pps(probability, spec.method, joint)


def quadratic(z: FloatArray, pps: Pps, stratum: IntArray, sampled: FloatArray) -> FloatArray:
    """Covariance matrix of D linear statistics from their (D, U) unit totals.

    Parameters
    ----------
    z : (D, U) array of float    expanded totals y_i/π_i (times derivatives); 0 for units without members
    pps : Pps
    stratum : (U,) array of int
    sampled : (H,) array         n_h

    Returns
    -------
    (D, D) array of float

    Raises
    ------
    ValueError
        If a joint method has no joint probabilities.

    Notes
    -----
    syg     ½ ΣΣ (π_i π_j - π_ij)/π_ij (z_i - z_j)², fixed size
    ht      ΣΣ (π_ij - π_i π_j)/π_ij z_i z_j
    hajek   Σ_h n/(n-1) Σ (1-π_i)(z_i - ẑ_h)², ẑ_h the mean weighted by 1-π_i
    brewer  the same about the plain mean (R survey's ``pps = "brewer"``)
    wr      Σ_h n/(n-1) Σ (z_i - z̄_h)²

    References
    ----------
    .. [1] Sen (1953); Yates and Grundy (1953). JRSS B 15, 253-261.
    .. [2] Hájek, J. (1964). Annals of Mathematical Statistics 35, 1491-1523.
    .. [3] Brewer, K. (2002). Combined Survey Sampling Inference, ch. 9.

    Examples
    --------
    >>> pps = Pps(np.array([0.5, 0.5]), "wr")
    >>> quadratic(np.array([[2.0, 4.0]]), pps, np.array([0, 0]), np.array([2.0])).tolist()
    [[4.0]]
    """
    if pps.method in ("syg", "ht"):
        return z @ _form(pps) @ z.T
    free = np.ones(z.shape[1]) if pps.method == "wr" else 1 - pps.probability
    n = sampled[stratum]
    centre = np.ones_like(free) if pps.method in ("wr", "brewer") else free
    whole = sums(stratum, centre, len(sampled))
    mean = np.array([sums(stratum, row * centre, len(sampled)) for row in z]) / np.where(whole > 0, whole, 1)
    residual = z - mean[:, stratum]
    several = np.where(n > 1, n / np.maximum(n - 1, 1), 0.0)
    return np.asarray((residual * free * several) @ residual.T)


def _form(pps: Pps) -> FloatArray:
    if pps.joint is None:
        raise ValueError(f"`joint` must be given for {pps.method}")
    product = np.outer(pps.probability, pps.probability)
    form = (pps.joint - product) / pps.joint
    if pps.method == "ht":
        np.fill_diagonal(form, 1 - pps.probability)
        return form
    np.fill_diagonal(form, 0.0)
    np.fill_diagonal(form, -form.sum(axis=1))
    return form
