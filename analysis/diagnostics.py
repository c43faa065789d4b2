"""What weights cost and where they are extreme: for the person who decides whether to trim."""

from dataclasses import dataclass

import numpy as np

from analysis.codes import FloatArray


@dataclass(frozen=True)
class WeightDiagnostics:
    """Summary of final weights.

    Attributes
    ----------
    n, total, mean, minimum, maximum : of the weights that are not 0
    cv : float                       coefficient of variation
    kish : float                     1 + cv², the design effect of weights unrelated to the answers
    effective : float                n / kish
    largest_share : float            share of the total held by the largest hundredth of the weights
    over_five_means : int            weights above five times their mean
    """

    n: int
    total: float
    mean: float
    minimum: float
    maximum: float
    cv: float
    kish: float
    effective: float
    largest_share: float
    over_five_means: int


def diagnose(weight: FloatArray) -> WeightDiagnostics:
    """Describe weights.

    Parameters
    ----------
    weight : (n,) array of float   zeros (non-respondents) are left out

    Returns
    -------
    WeightDiagnostics

    Raises
    ------
    ValueError
        If no weight is left.

    Notes
    -----
    kish = n Σw² / (Σw)².

    References
    ----------
    .. [1] Kish, L. (1992). Weighting for unequal P_i. Journal of Official Statistics 8, 183-200.

    Examples
    --------
    >>> found = diagnose(np.array([1.0, 1.0, 4.0, 0.0]))
    >>> found.n, found.kish, found.effective
    (3, 1.5, 2.0)
    """
    used = np.sort(weight[weight != 0])
    if not len(used):
        raise ValueError("`weight` must hold a value that is not 0")
    total, n = float(used.sum()), len(used)
    kish = n * float(used @ used) / total**2
    top = max(1, n // 100)
    return WeightDiagnostics(
        n=n,
        total=total,
        mean=total / n,
        minimum=float(used[0]),
        maximum=float(used[-1]),
        cv=float(np.sqrt(max(kish - 1, 0))),
        kish=kish,
        effective=n / kish,
        largest_share=float(used[-top:].sum()) / total,
        over_five_means=int((used > 5 * total / n).sum()),
    )


def spencer(y: FloatArray, probability: FloatArray, weight: FloatArray) -> float:
    """Spencer's design effect of weights that may be related to the answers.

    Parameters
    ----------
    y : (n,) array of float            answers
    probability : (n,) array of float  one-draw selection probabilities
    weight : (n,) array of float       positive

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the lengths differ or the answers do not vary.

    Notes
    -----
    With A, ρ the weighted intercept and correlation of the regression of y on the probability, σ the weighted
    standard deviation of y, and k Kish's effect: (1 - ρ²) k + (A/σ)² (k - 1).

    References
    ----------
    .. [1] Spencer, B. (2000). An approximate design effect for unequal weighting when measurements may
       correlate with selection probabilities. Survey Methodology 26, 137-138.

    Examples
    --------
    >>> y, w = np.array([1.0, -1.0, 2.0, -2.0]), np.array([1.0, 1.0, 3.0, 3.0])
    >>> round(spencer(y, 1 / w, w), 4)              # unrelated answers with mean 0: Kish's 1.25
    1.25
    """
    if not len(y) == len(probability) == len(weight):
        raise ValueError(f"`probability` and `weight` must have the {len(y)} values of `y`")
    share = weight / weight.sum()
    mean_y, mean_p = float(share @ y), float(share @ probability)
    var_y = float(share @ (y - mean_y) ** 2)
    if var_y <= 0:
        raise ValueError("`y` must vary")
    var_p = float(share @ (probability - mean_p) ** 2)
    together = float(share @ ((y - mean_y) * (probability - mean_p)))
    slope = together / var_p if var_p > 0 else 0.0
    correlation = slope * np.sqrt(var_p / var_y)
    kish = diagnose(weight).kish
    intercept = mean_y - slope * mean_p
    return float((1 - correlation**2) * kish + intercept**2 / var_y * (kish - 1))
