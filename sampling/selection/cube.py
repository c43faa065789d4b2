"""The cube method: samples balanced on auxiliary totals, with exact inclusion probabilities."""

import numpy as np

from sampling.arrays import Bools, Floats, Ints
from sampling.selection.choice import Chooser

_EPSILON = 1e-9


def cube(probability: Floats, balance: Floats, choose: Chooser) -> Ints:
    """Sample of fixed size, balanced on the given variables as far as whole units allow.

    Parameters
    ----------
    probability : (N,) array of float in [0, 1]
        Sums to a whole number n.
    balance : (N, q) array of float
        Variables x; Σ_s x/π is held to Σ x. The most important come first.
    choose : Chooser
        Source of randomness.

    Returns
    -------
    (n,) array of int
        Positions, ascending.

    Raises
    ------
    ValueError
        If `balance` has not N rows.

    Notes
    -----
    Flight: among the first q + 2 undecided units a direction is found along which all balancing equations
    hold; the probabilities move along it, one way or the other with chances that keep their expectation,
    until a unit is decided. Landing: when no direction is left the last variable is dropped, and so on;
    the size is dropped never. Inclusion probabilities are exact, as every step is a martingale; joint
    probabilities have no closed form.

    References
    ----------
    .. [1] Deville, J.-C., Tillé, Y. (2004). Efficient balanced sampling: the cube method. Biometrika 91,
       893-912.
    .. [2] Chauvet, G., Tillé, Y. (2006). A fast algorithm for balanced sampling. Computational Statistics
       21, 53-62.

    Examples
    --------
    >>> cube(np.full(4, 0.5), np.array([[1.0], [1.0], [2.0], [2.0]]), lambda weights: 0).tolist()
    [1, 3]
    """
    if len(balance) != len(probability):
        raise ValueError(f"`balance` must have {len(probability)} rows; it has {len(balance)}")
    current = probability.copy()
    inside = probability > 0
    constraints = np.ones((len(probability), balance.shape[1] + 1))
    constraints[inside, 1:] = balance[inside] / probability[inside, None]
    constraints[:, 1:] /= np.maximum(np.abs(constraints[:, 1:]).max(axis=0), 1e-300)
    for kept in range(constraints.shape[1], 0, -1):
        _flight(current, constraints[:, :kept], choose)
    return np.flatnonzero(current > 0.5).astype(np.int64)


def _flight(current: Floats, constraints: Floats, choose: Chooser) -> None:
    """Move `current`, in place, until no direction is left among its undecided units."""
    waiting = np.flatnonzero(_undecided(current)).tolist()[::-1]
    window: list[int] = []
    needed = constraints.shape[1] + 1
    while True:
        while waiting and len(window) < needed:
            window.append(waiting.pop())
        direction = _direction(constraints[window])
        if direction is None:
            return
        current[window] = _step(current[window], direction, choose)
        window = [unit for unit in window if _EPSILON < current[unit] < 1 - _EPSILON]


def _undecided(values: Floats) -> Bools:
    return (values > _EPSILON) & (values < 1 - _EPSILON)


def _direction(rows: Floats) -> Floats | None:
    """A vector v with v·rows = 0, or None.

    By elimination, element by element: a library's decomposition could turn the vector round on another
    machine, and with it the sample.
    """
    matrix = rows.T.copy()
    pivots: list[int] = []
    for unit in range(matrix.shape[1]):
        below = matrix[len(pivots) :, unit]
        if not len(below) or np.abs(below).max() < _EPSILON:
            return _solution(matrix, pivots, unit)
        best = len(pivots) + int(np.argmax(np.abs(below)))
        matrix[[len(pivots), best]] = matrix[[best, len(pivots)]]
        matrix[len(pivots)] /= matrix[len(pivots), unit]
        factor = matrix[:, unit].copy()
        factor[len(pivots)] = 0.0
        matrix -= factor[:, None] * matrix[len(pivots)]
        pivots.append(unit)
    return None


def _solution(matrix: Floats, pivots: list[int], free: int) -> Floats:
    """The vector with 1 at the first unit that has no pivot."""
    direction = np.zeros(matrix.shape[1])
    direction[free] = 1.0
    direction[pivots] = -matrix[: len(pivots), free]
    return direction


def _step(values: Floats, direction: Floats, choose: Chooser) -> Floats:
    """Walk to one of the two faces of the cube met along a direction; what is met is set exactly."""
    ahead, back = _reach(values, direction), _reach(values, -direction)
    moved = values + ahead * direction if choose([back, ahead]) == 0 else values - back * direction
    moved = np.where(moved < _EPSILON, 0.0, moved)
    return np.where(moved > 1 - _EPSILON, 1.0, moved)


def _reach(values: Floats, direction: Floats) -> float:
    """How far values can go along a direction inside [0, 1]."""
    moving = np.abs(direction) > 1e-12
    room = np.where(direction > 0, 1.0 - values, values)[moving]
    return float((room / np.abs(direction[moving])).min())
