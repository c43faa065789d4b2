"""Sampford's method: unequal probabilities reached exactly, fixed size, joint probabilities in closed form."""

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.errors import RefusalError
from sampling.selection.choice import Chooser

LARGEST_TABLE = 50_000_000


def sampford(probability: Floats, choose: Chooser) -> Ints:
    """Sampford sample, drawn in one pass without rejections.

    Parameters
    ----------
    probability : (N,) array of float in [0, 1]
        Sums to a whole number n.
    choose : Chooser
        Source of randomness.

    Returns
    -------
    (n,) array of int
        Positions, ascending.

    Raises
    ------
    RefusalError
        If N·n exceeds 50 million: the method needs a table of that size.

    Notes
    -----
    Sampford's design is P(s) ∝ Σ_{k∈s} (1 − π_k) Π_{i∈s} π_i/(1 − π_i). Written as a sum over one special
    unit k it is drawn unit by unit: with A_k(j) the probability that Poisson sampling of units k, k+1, …
    takes j of them, and B_k(j) the same with each sample weighted by Σ (1 − π),

        A_k(j) = (1 − π_k) A_{k+1}(j) + π_k A_{k+1}(j − 1)
        B_k(j) = (1 − π_k) B_{k+1}(j) + π_k B_{k+1}(j − 1) + π_k (1 − π_k) A_{k+1}(j − 1),

    unit k is left out, taken, or taken as the special one with chances in the ratio of the terms of B_k.
    Rejective drawing, as usually done, all but never ends for large n.

    References
    ----------
    .. [1] Sampford, M. R. (1967). On sampling without replacement with unequal probabilities of selection.
       Biometrika 54, 499-513.

    Examples
    --------
    >>> from sampling.selection.choice import chooser
    >>> sampford(np.array([1.0, 0.5, 0.0, 0.5]), chooser(1)).tolist()
    [0, 3]
    """
    inside = np.flatnonzero((probability > 0) & (probability < 1))
    pi = probability[inside]
    n = round(float(pi.sum()))
    if len(pi) * n > LARGEST_TABLE:
        raise RefusalError("method", f"sampford of {n} from {len(pi)} is too large a table; use pareto")
    plain, special = _tables(pi, n)
    taken = [k for k, is_taken in enumerate(_walk(pi, plain, special, n, choose)) if is_taken]
    return np.sort(np.concatenate([np.flatnonzero(probability >= 1), inside[taken]])).astype(np.int64)


def _tables(pi: Floats, n: int) -> tuple[Floats, Floats]:
    """Rows k of A and B, columns j = −1 … n (column −1 is zero, so that j − 1 always exists)."""
    plain = np.zeros((len(pi) + 1, n + 2))
    special = np.zeros_like(plain)
    plain[-1, 1] = 1.0
    for k in range(len(pi) - 1, -1, -1):
        p, q = pi[k], 1.0 - pi[k]
        plain[k, 1:] = q * plain[k + 1, 1:] + p * plain[k + 1, :-1]
        special[k, 1:] = q * special[k + 1, 1:] + p * special[k + 1, :-1] + p * q * plain[k + 1, :-1]
    return plain, special


def _walk(pi: Floats, plain: Floats, special: Floats, n: int, choose: Chooser) -> list[bool]:
    taken, left, waits = [], n, n > 0
    for k, p in enumerate(pi.tolist()):
        after = (special if waits else plain)[k + 1]
        weights = [(1.0 - p) * after[left + 1], p * after[left]]
        if waits:
            weights.append(p * (1.0 - p) * plain[k + 1, left])
        outcome = choose(weights)
        taken.append(outcome > 0)
        left -= outcome > 0
        waits = waits and outcome < 2
    return taken
