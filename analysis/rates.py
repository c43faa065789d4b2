"""Outcome rates of AAPOR from final dispositions: response, cooperation, refusal, contact."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.disposition import Disposition, disposition


@dataclass(frozen=True)
class Outcomes:
    """Counts that the rates are made of, in the letters of AAPOR.

    Attributes
    ----------
    complete, partial, refused : I, P, R (refusals and break-offs)
    no_contact, other : NC, O (known to be eligible)
    unknown : UH + UO (eligibility unknown)
    ineligible : cases found not eligible
    """

    complete: int = 0
    partial: int = 0
    refused: int = 0
    no_contact: int = 0
    other: int = 0
    unknown: int = 0
    ineligible: int = 0

    @property
    def eligible(self) -> int:
        """(I + P) + (R + NC + O)."""
        return self.complete + self.partial + self.refused + self.no_contact + self.other

    @property
    def eligible_share(self) -> float:
        """The e of RR3: known eligible among all of known eligibility (the proportional method)."""
        return _ratio(self.eligible, self.eligible + self.ineligible)


_LETTER = {
    Disposition.COMPLETE: "complete",
    Disposition.PARTIAL: "partial",
    Disposition.REFUSAL: "refused",
    Disposition.BREAK_OFF: "refused",
    Disposition.NO_CONTACT: "no_contact",
    Disposition.UNAVAILABLE: "no_contact",
    Disposition.NOT_RETURNED: "no_contact",
    Disposition.OTHER_ELIGIBLE: "other",
    Disposition.DEAD: "other",
    Disposition.UNABLE: "other",
    Disposition.LANGUAGE: "other",
}


def outcomes(codes: Iterable[str]) -> Outcomes:
    """Count final dispositions by AAPOR's letters.

    Raises
    ------
    ValueError
        If a code is unknown.

    References
    ----------
    .. [1] AAPOR Standard Definitions (2016), "Calculating outcome rates".

    Examples
    --------
    >>> outcomes(["1.1", "1.1", "2.12", "3.19", "4.10"])
    Outcomes(complete=2, partial=0, refused=1, no_contact=0, other=0, unknown=1, ineligible=1)
    """
    counts: Counter[str] = Counter()
    for code in codes:
        case = disposition(code)
        counts[_LETTER.get(case, "unknown" if case.startswith("3") else "ineligible")] += 1
    return Outcomes(**counts)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _share(o: Outcomes, e: float | None) -> float:
    share = o.eligible_share if e is None else e
    if not 0 <= share <= 1 and o.unknown:
        raise ValueError(f"`e` must lie in [0, 1]; found {share}")
    return share if o.unknown else 0.0


def rr1(o: Outcomes) -> float:
    """RR1 = I / ((I+P) + (R+NC+O) + U): the minimum response rate.

    Parameters
    ----------
    o : Outcomes

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Never: without cases the rate is nan.

    References
    ----------
    .. [1] AAPOR Standard Definitions (2016), "Calculating outcome rates".

    Examples
    --------
    >>> rr1(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.6
    """
    return _ratio(o.complete, o.eligible + o.unknown)


def rr2(o: Outcomes) -> float:
    """RR2 = (I+P) / ((I+P) + (R+NC+O) + U).

    >>> rr2(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.65
    """
    return _ratio(o.complete + o.partial, o.eligible + o.unknown)


def rr3(o: Outcomes, e: float | None = None) -> float:
    """RR3 = I / ((I+P) + (R+NC+O) + e·U).

    Parameters
    ----------
    o : Outcomes
    e : float, optional
        Share of the unknown cases taken as eligible; None: `Outcomes.eligible_share`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `e` lies outside [0, 1].

    References
    ----------
    .. [1] AAPOR Standard Definitions (2016), "Calculating outcome rates".

    Examples
    --------
    >>> rr3(Outcomes(complete=60, partial=5, refused=15, unknown=20), e=0.5)
    0.6666666666666666
    """
    return _ratio(o.complete, o.eligible + _share(o, e) * o.unknown)


def rr4(o: Outcomes, e: float | None = None) -> float:
    """RR4 = (I+P) / ((I+P) + (R+NC+O) + e·U).

    >>> round(rr4(Outcomes(complete=60, partial=5, refused=15, unknown=20), e=0.5), 4)
    0.7222
    """
    return _ratio(o.complete + o.partial, o.eligible + _share(o, e) * o.unknown)


def rr5(o: Outcomes) -> float:
    """RR5 = I / ((I+P) + (R+NC+O)): the maximum response rate.

    >>> rr5(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.75
    """
    return _ratio(o.complete, o.eligible)


def rr6(o: Outcomes) -> float:
    """RR6 = (I+P) / ((I+P) + (R+NC+O)).

    >>> rr6(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.8125
    """
    return _ratio(o.complete + o.partial, o.eligible)


def cooperation(o: Outcomes) -> float:
    """COOP1 = I / ((I+P) + R + O).

    >>> cooperation(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.75
    """
    return _ratio(o.complete, o.eligible - o.no_contact)


def refusal(o: Outcomes) -> float:
    """REF1 = R / ((I+P) + (R+NC+O) + U).

    >>> refusal(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.15
    """
    return _ratio(o.refused, o.eligible + o.unknown)


def contact(o: Outcomes) -> float:
    """CON1 = ((I+P) + R + O) / ((I+P) + (R+NC+O) + U).

    >>> contact(Outcomes(complete=60, partial=5, refused=15, unknown=20))
    0.8
    """
    return _ratio(o.eligible - o.no_contact, o.eligible + o.unknown)
