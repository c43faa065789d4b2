"""Where every dossier of a wave went, agency by agency: nothing is lost between the frame and the answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from analysis.disposition import Account
from analysis.disposition import account as counted
from survey.extensions import db
from survey.models import Agency, FrameSnapshot, SampleUnit, Wave


@dataclass(frozen=True)
class AgencyAccount:
    """The account of one agency, under the code that the frame gives it."""

    agency: str
    name: str
    account: Account


class AccountError(RuntimeError):
    """The account does not add up: a unit or a frame was changed behind the application's back."""


def account(wave: Wave) -> list[AgencyAccount]:
    """One account for each agency that the wave's frames name, in the order of codes; every one adds up.

    Raises
    ------
    AccountError
        If an agency has more dossiers accounted for than its frames hold.
    """
    frame = _frames(wave)
    codes = _dispositions(wave, frame.keys())
    labels = sorted(frame.keys() | codes.keys())
    names = _names(labels, wave.period_end)
    return [AgencyAccount(label, names[label], _checked(label, codes[label], frame[label])) for label in labels]


def total(accounts: list[AgencyAccount]) -> Account:
    """The lines of all agencies together."""
    lines: Counter[str] = Counter()
    for row in accounts:
        lines.update(vars(row.account))
    return Account(**{name: lines[name] for name in Account.__dataclass_fields__})


def _checked(agency: str, codes: list[str], frame: Mapping[str, int]) -> Account:
    whole = frame["ineligible"] + frame["eligible"]
    try:
        made = counted(codes, frame=whole, ineligible=frame["ineligible"], same_person=frame["same_person"])
    except ValueError as exc:
        raise AccountError(f"agency {agency}: {exc}") from exc
    if not made.adds_up:
        raise AccountError(f"agency {agency}: the lines do not add up: {made}")
    return made


def _frames(wave: Wave) -> dict[str, Counter[str]]:
    """Dossiers of each agency by what the frozen frames say of them, all days together."""
    columns = FrameSnapshot.exclusions, FrameSnapshot.audit
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for exclusions, audit in db.session.execute(select(*columns).where(FrameSnapshot.wave_id == wave.id)):
        for agency, reasons in exclusions.get("by_agency", {}).items():
            counts[agency]["ineligible"] += sum(reasons.values())
        for agency, figures in audit.items():
            counts[agency]["eligible"] += figures["dossiers"]
            counts[agency]["same_person"] += figures.get("same_person", 0)
    return counts


def _dispositions(wave: Wave, labels: Collection[str]) -> dict[str, list[str]]:
    """Final dispositions of the released units, by the label that the frame gives their agency."""
    query = (
        select(Agency.code, Agency.valid_from, SampleUnit.disposition, func.count())
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .where(SampleUnit.wave_id == wave.id, SampleUnit.released)
        .group_by(Agency.code, Agency.valid_from, SampleUnit.disposition)
    )
    codes: dict[str, list[str]] = defaultdict(list)
    for code, valid_from, disposition, count in db.session.execute(query):
        dated = f"{code}@{valid_from.isoformat()}"
        codes[dated if dated in labels else code] += [disposition] * count
    return codes


def _names(labels: Collection[str], day: date) -> dict[str, str]:
    """Names by label: a code as it was on `day`, or `code@day` for one of two that bore it in one period."""
    wanted = {label.partition("@")[0] for label in labels}
    query = select(Agency.code, Agency.valid_from, Agency.name_vi).where(
        Agency.code.in_(wanted), Agency.valid_from <= day
    )
    names = dict.fromkeys(labels, "")
    for code, valid_from, name in db.session.execute(query.order_by(Agency.valid_from)):
        names[code] = names[f"{code}@{valid_from.isoformat()}"] = name
    return names
