"""Answers that deserve a second look: too fast, all alike, in bursts. They are flagged, never removed.

A flag is no proof: who is pleased with everything ticks one column too, and a family shares one address. So
results are told with and without flagged answers, and the published one is with all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


def speeders(
    seconds: npt.ArrayLike, items: npt.ArrayLike, group: Sequence[object], *, share: float = 1 / 3
) -> Bools:
    """Who took less than a share of the median time for an answer.

    Parameters
    ----------
    seconds : (n,) array of float
        Time spent on the questions, in seconds; nan or 0 = not known.
    items : (n,) array of int
        Number of questions answered in that time.
    group : (n,) sequence
        How it was answered (mode): times of a phone call are not compared with those of a page.
    share : float in (0, 1)
        Part of the group's median below which an answer is fast.

    Returns
    -------
    (n,) array of bool

    Raises
    ------
    ValueError
        If `share` does not lie in (0, 1), or the lengths differ.

    Notes
    -----
    With t_i the seconds and k_i the number of answers of person i, a speeder has t_i / k_i < share · med(t / k),
    the median over the persons of the group whose time is known. A threshold relative to the median needs no
    reading speed of a language; absolute ones are about 300 ms a word [1]_. Leaving speeders out usually changes
    estimates little [2]_, prompting them at once changes more [3]_.

    References
    ----------
    .. [1] Zhang, C. and Conrad, F. (2014). Speeding in web surveys. Survey Research Methods 8(2), 127-135.
    .. [2] Greszki, R., Meyer, M. and Schoen, H. (2015). Exploring the effects of removing "too fast" responses and
       respondents from web surveys. Public Opinion Quarterly 79(2), 471-503.
    .. [3] Conrad, F., Tourangeau, R., Couper, M. and Zhang, C. (2017). Reducing speeding in web surveys by
       providing immediate feedback. Survey Research Methods 11(1), 45-61.

    Examples
    --------
    >>> speeders([60, 66, 54, 12], [6, 6, 6, 6], ["web"] * 4).tolist()
    [False, False, False, True]
    """
    if not 0 < share < 1:
        raise ValueError(f"`share` must lie in (0, 1); got {share}")
    time, number = np.asarray(seconds, float), np.asarray(items, float)
    names = np.asarray([str(one) for one in group])
    if not len(time) == len(number) == len(names):
        raise ValueError(f"`items` and `group` must have the length of `seconds`, {len(time)}")
    known = (time > 0) & (number > 0)
    pace = np.divide(time, number, out=np.full(len(time), np.inf), where=known)
    found = np.zeros(len(time), bool)
    for name in np.unique(names[known]):
        those = known & (names == name)
        found[those] = pace[those] < share * np.median(pace[those])
    return found


def straight_lines(ratings: npt.ArrayLike, *, minimum: int = 4) -> Bools:
    """Who gave one and the same rating to every question of a block.

    Parameters
    ----------
    ratings : (n, k) array of float
        Codes of the scale, the same for a scale that was shown from its other end; nan = no rating.
    minimum : int
        Ratings that a person must have given: fewer are alike by chance.

    Returns
    -------
    (n,) array of bool

    Raises
    ------
    ValueError
        If `ratings` is no table, or `minimum` is below 2.

    Notes
    -----
    Called non-differentiation in [1]_. On a scale without reversed questions a content citizen gives such answers
    in good faith.

    References
    ----------
    .. [1] Krosnick, J. A. (1991). Response strategies for coping with the cognitive demands of attitude measures
       in surveys. Applied Cognitive Psychology 5(3), 213-236.

    Examples
    --------
    >>> nan = float("nan")
    >>> straight_lines([[5, 5, 5, 5], [5, 5, 4, 5], [5, 5, nan, nan], [2, 2, 2, nan]], minimum=3).tolist()
    [True, False, False, True]
    """
    table = np.asarray(ratings, float)
    if table.ndim != 2:
        raise ValueError(f"`ratings` must have a row for each person; its shape is {table.shape}")
    if minimum < 2:
        raise ValueError(f"`minimum` must be at least 2; got {minimum}")
    enough = (~np.isnan(table)).sum(axis=1) >= minimum
    low = np.where(np.isnan(table), np.inf, table).min(axis=1, initial=np.inf)
    high = np.where(np.isnan(table), -np.inf, table).max(axis=1, initial=-np.inf)
    alike: Bools = enough & (low == high)
    return alike


def bursts(source: Sequence[object], at: npt.ArrayLike, *, size: int = 5, window: float = 600.0) -> Bools:
    """Who sent from a source that sent many within a short time.

    Parameters
    ----------
    source : (n,) sequence
        A mark of where it came from; None or "" = not known.
    at : (n,) array of float
        When, in seconds on any clock.
    size : int
        As many within one window are a burst.
    window : float
        Length of the window in seconds; its ends belong to it.

    Returns
    -------
    (n,) array of bool

    Raises
    ------
    ValueError
        If `size` is below 2, or the lengths differ.

    Examples
    --------
    >>> bursts(["a", "a", "a", "b", "a", ""], [0, 20, 60, 30, 4000, 10], size=3, window=60).tolist()
    [True, True, True, False, False, False]
    """
    if size < 2:
        raise ValueError(f"`size` must be at least 2; got {size}")
    times = np.asarray(at, float)
    if len(times) != len(source):
        raise ValueError(f"`at` must have the length of `source`, {len(source)}; it has {len(times)}")
    places: dict[object, list[int]] = {}
    for place in np.argsort(times, kind="stable").tolist():
        places.setdefault(source[place], []).append(place)
    found = np.zeros(len(times), bool)
    for those in (found_at for mark, found_at in places.items() if mark not in (None, "")):
        for first in range(len(those) - size + 1):
            if times[those[first + size - 1]] - times[those[first]] <= window:
                found[those[first : first + size]] = True
    return found
