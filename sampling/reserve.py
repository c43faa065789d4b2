"""Releasing reserve replicates after the draw."""

import numpy as np
import pandas as pd

from sampling.plan import Reserve


def release(sample: pd.DataFrame, reserve: Reserve, count: int) -> pd.DataFrame:
    """The same sample with more, or fewer, of its replicates released.

    Parameters
    ----------
    sample : DataFrame
        As drawn under `reserve`.
    reserve : Reserve
        Replicates there are, and how many of them the sample counts as released.
    count : int
        Replicates released from now on.

    Returns
    -------
    DataFrame
        `released`, `inclusion_probability` and `base_weight` anew: what a draw with `release` = count gives.

    Raises
    ------
    ValueError
        If `count` is not one of 1 … replicates.

    Notes
    -----
    Each unit is in each replicate with probability 1/R, independently of what it would answer, so the
    first c of R replicates are a probability sample with inclusion probability π·c/R. How many to release
    may depend on how many people answered, not on what they answered.

    References
    ----------
    .. [1] Deming, W. E. (1960). Sample Design in Business Research, chapter 6.

    Examples
    --------
    >>> drawn = pd.DataFrame({"replicate": [1, 2], "released": [1, 0], "inclusion_probability": [0.1, 0.1],
    ...                       "base_weight": [10.0, 10.0]})
    >>> release(drawn, Reserve(replicates=2, release=1), 2)["base_weight"].tolist()
    [5.0, 5.0]
    """
    if not 1 <= count <= reserve.replicates:
        raise ValueError(f"`count` must lie between 1 and {reserve.replicates}; got {count}")
    grown = count / reserve.release
    return sample.assign(
        released=(sample["replicate"] <= count).astype(np.int64),
        inclusion_probability=sample["inclusion_probability"] * grown,
        base_weight=sample["base_weight"] / grown,
    )
