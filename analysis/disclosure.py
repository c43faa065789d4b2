"""Which agencies' figures may not be published: too few answers, or reachable by subtraction."""

from collections import defaultdict
from collections.abc import Mapping

PRIMARY, COMPLEMENTARY = "primary", "complementary"


def suppress(
    n_by_agency: Mapping[str, int], tier_by_agency: Mapping[str, str], *, minimum: int = 10
) -> dict[str, str]:
    """Primary and complementary suppression of agencies inside their tiers.

    Parameters
    ----------
    n_by_agency : mapping      answers of each agency
    tier_by_agency : mapping   the published total each agency belongs to (tier)
    minimum : int              fewest answers that may be published

    Returns
    -------
    dict
        Suppressed agency to ``"primary"`` (1 to minimum - 1 answers: its own figure is too thin; with no answer
        there is nothing to protect) or ``"complementary"``.

    Raises
    ------
    ValueError
        If `minimum` is below 1, a count is negative, or an agency has no tier.

    Notes
    -----
    The tier's total is published, so what is suppressed inside a tier must not be its only unknown, and the
    unknowns together must be at least `minimum` answers: agencies are added, smallest first (ties by code), until
    both hold or the tier has none left. The province's total over tiers gives no more than the tiers do.

    References
    ----------
    .. [1] Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley, section 4.

    Examples
    --------
    >>> suppress({"A": 4, "B": 25, "C": 60}, {"A": "x", "B": "x", "C": "x"})
    {'A': 'primary', 'B': 'complementary'}
    """
    _check(n_by_agency, tier_by_agency, minimum)
    tiers: dict[str, list[str]] = defaultdict(list)
    for agency in sorted(n_by_agency, key=lambda a: (n_by_agency[a], a)):
        if n_by_agency[agency] > 0:
            tiers[tier_by_agency[agency]].append(agency)
    found: dict[str, str] = {}
    for agencies in tiers.values():
        hidden = [a for a in agencies if n_by_agency[a] < minimum]
        found |= dict.fromkeys(hidden, PRIMARY)
        if hidden:
            found |= dict.fromkeys(_complement(agencies, hidden, n_by_agency, minimum), COMPLEMENTARY)
    return found


def _check(n_by_agency: Mapping[str, int], tier_by_agency: Mapping[str, str], minimum: int) -> None:
    if minimum < 1:
        raise ValueError(f"`minimum` must be at least 1; found {minimum}")
    for agency, n in n_by_agency.items():
        if n < 0:
            raise ValueError(f"`n_by_agency` must not be negative; {agency!r} has {n}")
        if agency not in tier_by_agency:
            raise ValueError(f"`tier_by_agency` must name the tier of every agency; {agency!r} has none")


def _complement(agencies: list[str], hidden: list[str], n_by_agency: Mapping[str, int], minimum: int) -> list[str]:
    """Further agencies, smallest first, until the hidden ones cannot be had by subtraction."""
    added: list[str] = []
    answers = sum(n_by_agency[a] for a in hidden)
    for agency in agencies:
        if len(hidden) + len(added) >= 2 and answers >= minimum:
            break
        if agency not in hidden:
            added.append(agency)
            answers += n_by_agency[agency]
    return added
