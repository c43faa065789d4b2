"""What became of each sampled case, in the codes of AAPOR for internet surveys of specifically named persons."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum


class Disposition(StrEnum):
    """Final disposition codes used here (AAPOR Standard Definitions, table for internet surveys).

    Those of interviewers are of the tables for telephone and mail: 2.31 to 2.33 and 3.12 to 3.14 as for telephone,
    3.31 "undeliverable as addressed" for a number that is another person's. A person of the frame stays eligible
    whatever the telephone says: no number makes a case ineligible.

    References
    ----------
    .. [1] American Association for Public Opinion Research. Standard Definitions: Final Dispositions of Case
       Codes and Outcome Rates for Surveys. Internet surveys of specifically named persons: Table 4 of the 7th
       edition (2011), whose codes the 9th (2016) keeps.
    """

    COMPLETE = "1.1"
    PARTIAL = "1.2"
    REFUSAL = "2.11"
    BREAK_OFF = "2.12"
    NO_CONTACT = "2.20"
    UNAVAILABLE = "2.26"
    NOT_RETURNED = "2.27"
    OTHER_ELIGIBLE = "2.30"
    DEAD = "2.31"
    UNABLE = "2.32"
    LANGUAGE = "2.33"
    NOT_INVITED = "3.11"
    BUSY = "3.12"
    NO_ANSWER = "3.13"
    ANSWERING_DEVICE = "3.14"
    NOTHING_RETURNED = "3.19"
    UNDELIVERED = "3.30"
    WRONG_NUMBER = "3.31"
    FORWARDED = "3.40"
    OTHER_UNKNOWN = "3.90"
    SCREENED_OUT = "4.10"
    QUOTA_FILLED = "4.80"
    DUPLICATE = "4.81"
    OTHER_INELIGIBLE = "4.90"


CATEGORY: Mapping[Disposition, str] = {
    Disposition.COMPLETE: "complete",
    Disposition.PARTIAL: "partial",
    Disposition.REFUSAL: "refused",
    Disposition.BREAK_OFF: "broken_off",
    Disposition.NO_CONTACT: "no_answer",
    Disposition.UNAVAILABLE: "no_answer",
    Disposition.NOT_RETURNED: "no_answer",
    Disposition.OTHER_ELIGIBLE: "no_answer",
    Disposition.DEAD: "no_answer",
    Disposition.UNABLE: "no_answer",
    Disposition.LANGUAGE: "no_answer",
    Disposition.NOT_INVITED: "not_contactable",
    Disposition.BUSY: "no_answer",
    Disposition.NO_ANSWER: "no_answer",
    Disposition.ANSWERING_DEVICE: "no_answer",
    Disposition.NOTHING_RETURNED: "no_answer",
    Disposition.UNDELIVERED: "undelivered",
    Disposition.WRONG_NUMBER: "undelivered",
    Disposition.FORWARDED: "undelivered",
    Disposition.OTHER_UNKNOWN: "no_answer",
    Disposition.SCREENED_OUT: "found_ineligible",
    Disposition.QUOTA_FILLED: "found_ineligible",
    Disposition.DUPLICATE: "found_ineligible",
    Disposition.OTHER_INELIGIBLE: "found_ineligible",
}
"""The line of the account that a code is counted in."""

_PRECEDENCE = (
    *(d for d in Disposition if d.startswith("4")),
    Disposition.COMPLETE,
    Disposition.PARTIAL,
    Disposition.REFUSAL,
    Disposition.BREAK_OFF,
)


def disposition(code: str) -> Disposition:
    """The disposition of a code; an unknown one is an error, not "other".

    >>> disposition("3.30").name
    'UNDELIVERED'
    """
    try:
        return Disposition(code)
    except ValueError:
        raise ValueError(f"`code` must be one of {', '.join(Disposition)}; found {code!r}") from None


def final_disposition(events: Sequence[str]) -> Disposition:
    """The last word on a case from everything that happened to it.

    Parameters
    ----------
    events : sequence of str
        Codes in the order of time.

    Returns
    -------
    Disposition

    Raises
    ------
    ValueError
        If there is no event, or a code is unknown.

    Notes
    -----
    Found ineligible outweighs everything, then complete, partial, refusal, break-off, other contact (2.x): answers
    once given are not undone by a receipt that comes late, nor by a later "stop". Among the codes of unknown
    eligibility (3.x) the latest stands, since a second attempt may be delivered after the first was not.

    References
    ----------
    .. [1] AAPOR Standard Definitions, section "Final disposition codes" (temporary codes must be resolved).

    Examples
    --------
    >>> final_disposition(["3.19", "2.11", "1.1", "3.30"]).value
    '1.1'
    >>> final_disposition(["3.30", "3.19"]).value
    '3.19'
    """
    if not events:
        raise ValueError("`events` must hold at least one code")
    seen = [disposition(code) for code in events]
    for decisive in _PRECEDENCE:
        if decisive in seen:
            return decisive
    contacted = [code for code in seen if code.startswith("2")]
    return contacted[-1] if contacted else seen[-1]


@dataclass(frozen=True)
class Account:
    """Where the dossiers of a frame went; every dossier stands in exactly one line.

    frame = ineligible + same_person + not_sampled + sampled,
    sampled = found_ineligible + not_contactable + undelivered + no_answer + refused + broken_off + partial
    + complete.
    """

    frame: int
    ineligible: int
    same_person: int
    not_sampled: int
    sampled: int
    found_ineligible: int
    not_contactable: int
    undelivered: int
    no_answer: int
    refused: int
    broken_off: int
    partial: int
    complete: int

    @property
    def adds_up(self) -> bool:
        """Whether both sums hold."""
        lines = {f.name: getattr(self, f.name) for f in fields(self)}
        outcomes = sum(lines[name] for name in set(CATEGORY.values()))
        outside = self.ineligible + self.same_person + self.not_sampled
        return self.frame == outside + self.sampled and self.sampled == outcomes


def account(
    codes: Iterable[str], *, frame: int | None = None, ineligible: int = 0, same_person: int = 0
) -> Account:
    """Count the final dispositions of an agency's sampled cases.

    Parameters
    ----------
    codes : iterable of str    final disposition of every sampled case
    frame : int, optional      dossiers in the frame, eligible or not; None: only what was sampled
    ineligible : int           dossiers of the frame excluded before the draw
    same_person : int          dossiers of people of whom another dossier was kept

    Returns
    -------
    Account

    Raises
    ------
    ValueError
        If a code is unknown, or `frame` is smaller than its parts.

    References
    ----------
    .. [1] AAPOR Standard Definitions (2016).

    Examples
    --------
    >>> a = account(["1.1", "1.2", "3.19", "3.30"], frame=10, ineligible=2, same_person=1)
    >>> a.complete, a.no_answer, a.not_sampled, a.adds_up
    (1, 1, 3, True)
    """
    counts = Counter(CATEGORY[disposition(code)] for code in codes)
    sampled = counts.total()
    whole = sampled + ineligible + same_person if frame is None else frame
    rest = whole - ineligible - same_person - sampled
    if rest < 0:
        raise ValueError(f"`frame` must be at least the {whole - rest} dossiers accounted for; found {whole}")
    outcomes = {name: counts[name] for name in set(CATEGORY.values())}
    return Account(
        frame=whole,
        ineligible=ineligible,
        same_person=same_person,
        not_sampled=rest,
        sampled=sampled,
        **outcomes,
    )
