"""Random choices of the sequential methods, from a stream that is the same on every machine and version."""

from collections.abc import Callable, Sequence

import numpy as np

_BLOCK = 1024

Chooser = Callable[[Sequence[float]], int]
"""Takes weights, returns the index chosen with probability proportional to its weight."""


def chooser(key: int) -> Chooser:
    """Choices from the Philox counter generator under a 128-bit key.

    Parameters
    ----------
    key : int
        From `sampling.coordination.random_streams`.

    Returns
    -------
    Chooser

    Raises
    ------
    ValueError
        If the key does not fit 128 bits.

    Notes
    -----
    Uses the raw 64-bit words, whose sequence numpy guarantees; its distributions may change.

    References
    ----------
    .. [1] Salmon et al. (2011). Parallel random numbers: as easy as 1, 2, 3. SC '11.

    Examples
    --------
    >>> choose = chooser(7)
    >>> [choose([0.5, 0.5]) for _ in range(8)]
    [0, 0, 0, 1, 1, 0, 1, 0]
    """
    generator = np.random.Philox(key=key)
    block: list[float] = []

    def choose(weights: Sequence[float]) -> int:
        if not block:
            words = np.asarray(generator.random_raw(_BLOCK), dtype=np.uint64)
            block.extend(((words >> np.uint64(11)) / float(2**53)).tolist())
        left = block.pop() * sum(weights)
        for index, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return index
        return max(i for i, weight in enumerate(weights) if weight > 0)

    return choose
