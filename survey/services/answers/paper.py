"""Paper forms keyed twice: issued, keyed by two people who do not see each other's work, compared, decided.

As every writer of answers each step locks the invitation first, then the form: of two clerks at once one is first.
What a clerk keyed is never changed; what stands is written once, beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from analysis.disposition import Disposition
from forms import paper
from forms.model import Value
from forms.paper import Keyed
from survey.errors import ConflictError, NotFoundError
from survey.extensions import db
from survey.models import Invitation, PaperEntry, PaperForm, PaperState, ResponseMode, SampleUnit, User, Wave
from survey.queries import papers, respond
from survey.queries.respond import Case
from survey.services.answers import collect, consent, dispositions
from survey.services.messaging import invite
from survey.services.office import audit
from survey.services.office.keys import current_vault

_CHUNK = 500
_UNREACHED = (Disposition.NOT_INVITED.value, Disposition.UNDELIVERED.value, Disposition.WRONG_NUMBER.value)


def issue(wave: Wave, *, agency_id: int | None = None, most: int | None = None, actor: str, now: datetime) -> int:
    """Make forms for silent units (of one agency, or all; no more than `most`); returns how many."""
    db.session.refresh(wave, with_for_update=True)
    if wave.state not in respond.OPEN_STATES:
        raise ConflictError("wave_not_open", _("Chỉ phát phiếu giấy được khi đợt đang thu thập."))
    units = db.session.scalars(papers.unissued(wave.id, agency_id).limit(most)).all()
    invite.open_without_text(wave, units, now)
    unreached = select(SampleUnit.id).where(SampleUnit.id.in_(units), SampleUnit.disposition.in_(_UNREACHED))
    reached = db.session.scalars(unreached).all()
    dispositions.note_many(reached, Disposition.NOTHING_RETURNED, source="paper", now=now)
    for start in range(0, len(units), _CHUNK):
        _insert(wave, units[start : start + _CHUNK], now)
    details = {"forms": len(units), "agency": agency_id}
    audit.record(actor, "paper.issue", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return len(units)


def _insert(wave: Wave, units: Sequence[int], now: datetime) -> None:
    keys, fields = current_vault(), {"wave_id": wave.id, "issued_at": now, "state": PaperState.issued}
    query = select(Invitation.id, Invitation.nonce).where(Invitation.sample_unit_id.in_(units))
    rows = [
        fields
        | {
            "invitation_id": invitation_id,
            "code": paper.code(keys.paper_symbols(nonce, paper.BODY_LENGTH, paper.CODE_ALPHABET)),
        }
        for invitation_id, nonce in db.session.execute(query.order_by(Invitation.id))
    ]
    db.session.execute(insert(PaperForm), rows)


def note_printed(wave: Wave, what: str, count: int, *, actor: str, now: datetime) -> None:
    """Printing and the list for the post are on record: the list alone leads from a code to a dossier."""
    audit.record(actor, f"paper.{what}", f"wave:{wave.code}", now=now, details={"forms": count})
    db.session.commit()


def check_may_key(form: PaperForm, user: User) -> None:
    """Whether this clerk may key this form: it wants one more reading, and not theirs again."""
    if form.state not in (PaperState.issued, PaperState.keyed):
        raise ConflictError("keyed_twice", _("Phiếu này đã được nhập đủ hai lần."))
    if any(entry.keyer_id == user.id for entry in papers.entries(form.id)):
        raise ConflictError("same_keyer", _("Quý vị đã nhập phiếu này. Lần thứ hai phải do người khác nhập."))


def key(code: str, keyed: Keyed, user: User, *, now: datetime) -> PaperForm:
    """One clerk's reading. With the second the form is settled, or waits for somebody to decide."""
    form, case = _locked(code)
    check_may_key(form, user)
    first = next(iter(papers.entries(form.id)), None)
    turn = 1 if first is None else 2
    db.session.add(PaperEntry(form_id=form.id, round=turn, keyer_id=user.id, at=now, **asdict(keyed)))
    audit.record(user.email, "paper.key", f"paper:{form.id}", now=now, details={"round": turn})
    if first is None:
        form.state = PaperState.keyed
    elif _differ(form, papers.reading(first), keyed):
        form.state = PaperState.differs
    else:
        _settle(form, case, papers.reading(first), now)
    db.session.commit()
    return form


def check_may_decide(form: PaperForm, user: User) -> None:
    """Whoever keyed a form does not decide on it."""
    if form.state is not PaperState.differs:
        raise ConflictError("nothing_to_decide", _("Phiếu này không có gì phải chốt."))
    if any(entry.keyer_id == user.id for entry in papers.entries(form.id)):
        raise ConflictError("keyer_decides", _("Quý vị đã nhập phiếu này nên người khác phải chốt."))


def decide(code: str, keyed: Keyed, user: User, *, now: datetime) -> PaperForm:
    """The items on which two clerks differ, as somebody else read them with the paper in hand."""
    form, case = _locked(code)
    check_may_decide(form, user)
    one, other = map(papers.reading, papers.entries(form.id))
    differing = _differ(form, one, other)
    parts = [
        paper.only(item, keyed if item.id in differing else one)
        for item in paper.questions(papers.questionnaire(_wave(form)))
    ]
    answers: dict[str, Value] = {name: value for part in parts for name, value in part.answers.items()}
    marks = {name: mark for part in parts for name, mark in part.marks.items()}
    form.decided_by, form.decided_at = user.id, now
    details = {"items": differing}
    audit.record(user.email, "paper.decide", f"paper:{form.id}", now=now, details=details)
    _settle(form, case, Keyed(answers, marks), now)
    db.session.commit()
    return form


def cut_off(wave_id: int) -> None:
    """A list kept somewhere leads from a code to a dossier: once the wave is closed no code leads further."""
    db.session.execute(update(PaperForm).where(PaperForm.wave_id == wave_id).values(code=None))


def _wave(form: PaperForm) -> Wave:
    return db.session.get_one(Wave, form.wave_id)


def _differ(form: PaperForm, one: Keyed, other: Keyed) -> list[str]:
    return paper.differences(papers.questionnaire(_wave(form)), one, other)


def _locked(code: str) -> tuple[PaperForm, Case]:
    form = papers.by_code(code)
    if form is None:
        raise NotFoundError("no_form", _("Không có phiếu mang mã này."))
    case = respond.locked_case(form.invitation_id)
    if case is None:
        raise ConflictError("wave_not_open", _("Đợt khảo sát này không nhận câu trả lời nữa."))
    db.session.refresh(form, with_for_update=True)
    return form, case


def _settle(form: PaperForm, case: Case, final: Keyed, now: datetime) -> None:
    """What stands becomes the answer, unless another was sent first; then it is kept here only."""
    answers = dict(final.answers)
    comment = str(answers.pop(paper.COMMENT.id, ""))
    entry = collect.Entry(ResponseMode.paper, "vi", consent.PAPER_VERSION, {"marks": final.marks})
    reply = respond.reply(case.invitation_id)
    is_first = collect.record_whole(case, reply, answers, entry, comment=comment, now=now)
    form.final = asdict(final)
    form.state = PaperState.recorded if is_first else PaperState.late
