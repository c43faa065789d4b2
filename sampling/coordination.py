"""Permanent random numbers and one dossier a person: the numbers that tie a wave to the others."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from sampling.arrays import Bools, Floats, Ints, Texts
from sampling.canonical import nfc, texts
from sampling.errors import FrameError

_BITS = 53


def permanent_random_numbers(keys: Sequence[str] | Texts, seed: str) -> Floats:
    """The number in [0, 1) that a key keeps for as long as the seed.

    Parameters
    ----------
    keys : (N,) sequence of str
        Ids or person pseudonyms; compared in NFC.
    seed : str

    Returns
    -------
    (N,) array of float

    Raises
    ------
    UnicodeEncodeError
        If a key holds a lone surrogate, which no file can.

    Notes
    -----
    u = first 53 bits of BLAKE2b-64(key = SHA-256(seed), data = UTF-8 of the key) / 2^53: every u is a
    double exactly, and anyone with the frame can compute it again.

    References
    ----------
    .. [1] Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Cox et al. (eds),
       Business Survey Methods, 153-169.

    Examples
    --------
    >>> permanent_random_numbers(["H57.19-240101-0001"], "hue-2026").round(6).tolist()
    [0.610107]
    """
    secret = hashlib.sha256(seed.encode()).digest()
    keyed = hashlib.blake2b(digest_size=8, key=secret).copy  # copying costs less than keying anew
    digests = []
    for key in nfc(list(keys)):
        state = keyed()
        state.update(key.encode())
        digests.append(state.digest())
    words = np.frombuffer(b"".join(digests), dtype=">u8")
    return (words >> np.uint64(64 - _BITS)) / float(2**_BITS)


def above(u: Floats, start: float) -> Floats:
    """Distance of permanent numbers above a start, on the circle.

    Parameters
    ----------
    u : (N,) array of float in [0, 1)
    start : float in [0, 1)

    Returns
    -------
    (N,) array of float in [0, 1)
        (u − start) mod 1, and never 1 by rounding.

    Raises
    ------
    TypeError
        If `u` holds no numbers.

    References
    ----------
    .. [1] Ohlsson (1995), as in `permanent_random_numbers`.

    Examples
    --------
    >>> above(np.array([0.5, 0.125]), 0.25).tolist()
    [0.25, 0.875]
    """
    distance = np.where(u >= start, u - start, (u - start) + 1.0)
    return np.minimum(distance, np.nextafter(1.0, 0.0))


def one_dossier(persons: Texts, second: Floats) -> tuple[Bools, Ints]:
    """Which dossiers stay when each person keeps one, and how many the person had.

    Parameters
    ----------
    persons : (N,) array of str
        Pseudonym of each dossier's person; rows sorted by dossier id.
    second : (N,) array of float
        Numbers independent of those of the draw.

    Returns
    -------
    keep : (N,) array of bool
        True at the person's smallest `second`; ties go to the smaller id.
    multiplicity : (N,) array of int
        Dossiers of the same person.

    Raises
    ------
    ValueError
        If the lengths differ.

    Notes
    -----
    P(dossier kept) = 1/m whatever happens later, so weights m/π are unbiased for totals over dossiers.
    Had the number of the draw itself chosen, the kept dossier's number would be the smallest of m, and
    people with many dossiers would be drawn too often.

    References
    ----------
    .. [1] Lavallée, P. (2007). Indirect Sampling. Springer, chapter 2.

    Examples
    --------
    >>> keep, m = one_dossier(np.array(["p", "q", "p"], object), np.array([0.5, 0.9, 0.1]))
    >>> keep.tolist(), m.tolist()
    ([False, True, True], [2, 1, 2])
    """
    if len(persons) != len(second):
        raise ValueError(f"`second` must have {len(persons)} numbers; it has {len(second)}")
    codes, distinct = pd.factorize(persons)
    order = np.lexsort((second, codes))
    first = np.empty(len(order), dtype=bool)
    first[:1] = True
    first[1:] = codes[order][1:] != codes[order][:-1]
    keep = np.zeros(len(order), dtype=bool)
    keep[order[first]] = True
    return keep, np.bincount(codes, minlength=len(distinct))[codes].astype(np.int64)


def overlap(samples: Mapping[str, pd.DataFrame], key: str) -> pd.DataFrame:
    """Persons that each pair of samples has in common.

    Parameters
    ----------
    samples : mapping of name to DataFrame
        Samples with the column `key`; where there is `released`, only the released units count.
    key : str
        Column of the person's pseudonym.

    Returns
    -------
    DataFrame
        One row per pair: `a`, `b`, `n_a`, `n_b` (persons in each), `common`.

    Raises
    ------
    FrameError
        If a sample lacks the column.

    References
    ----------
    .. [1] Ohlsson (1995), as in `permanent_random_numbers`.

    Examples
    --------
    >>> waves = {"1": pd.DataFrame({"p": ["x", "y"]}), "2": pd.DataFrame({"p": ["y", "z"]})}
    >>> overlap(waves, "p").to_dict("records")
    [{'a': '1', 'b': '2', 'n_a': 2, 'n_b': 2, 'common': 1}]
    """
    asked = {}
    for name, sample in samples.items():
        if key not in sample.columns:
            raise FrameError(f"column `{key}`", f"is missing from the sample {name}")
        released = sample["released"] == 1 if "released" in sample else np.ones(len(sample), dtype=bool)
        asked[name] = set(texts(sample.loc[released, key]))
    pairs = [(a, b, len(asked[a]), len(asked[b]), len(asked[a] & asked[b])) for a, b in combinations(asked, 2)]
    return pd.DataFrame(pairs, columns=["a", "b", "n_a", "n_b", "common"])


def random_streams(keys: Sequence[str] | Texts, seed: str) -> tuple[int, ...]:
    """A key for the generator of each group, from the seed and the group's label.

    Parameters
    ----------
    keys : (G,) sequence of str
    seed : str

    Returns
    -------
    tuple of int
        G numbers of 128 bits.

    Raises
    ------
    UnicodeEncodeError
        As in `permanent_random_numbers`.

    References
    ----------
    .. [1] RFC 7693: The BLAKE2 cryptographic hash and message authentication code.

    Examples
    --------
    >>> random_streams(["A"], "seed")[0].bit_length() <= 128
    True
    """
    secret = hashlib.sha256(seed.encode()).digest()
    return tuple(
        int.from_bytes(hashlib.blake2b(key.encode(), digest_size=16, key=secret).digest(), "big")
        for key in nfc(list(keys))
    )
