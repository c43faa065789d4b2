"""What a citizen's text means for their invitation, and what is answered.

Refusing comes before everything. Then the invitation whose text the phone got last is meant; an answer that has
to be guessed is none. Each answer repeats what was recorded. The functions here do not commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select

from forms import sms, sms_words
from forms.model import Instrument
from survey.extensions import db
from survey.models import Contact, InboundMessage, Invitation, Message, MessageKind, SampleUnit, Suppression, Wave
from survey.queries import respond
from survey.services.answers import collect
from survey.services.messaging import outbox, texts

IGNORED = frozenset({"repeated", "echo", "unknown_number"})
WITHOUT_PROGRESS = ("ask", "link", "help", "confirm", "closed", "optin", "too_late")
MOST_WITHOUT_PROGRESS = 2  # in an hour, to one number
MOST_REPLIES = 30  # in a month
MONTH = timedelta(days=30)
MOST_ASKS = 2  # the second time we send the link instead of asking again
REPLY_LIFE = timedelta(hours=24)


def answer(row: InboundMessage, now: datetime) -> str:
    """Act on one message; returns the verdict that is kept with it."""
    message = sms_words.readable(row.text)
    if sms_words.is_echo(message):
        return "echo"
    order = sms_words.command(message)
    contact = db.session.scalar(select(Contact).where(Contact.phone_hash == row.sender_hash))
    if contact is None:
        return _stranger(row, order, now)
    talk = _Talk(row, contact, now)
    if order is not None:
        return talk.obey(order)
    return talk.listen()


def _stranger(row: InboundMessage, order: str | None, now: datetime) -> str:
    """Not answered: whoever spoofs senders would have us text anybody. A refusal counts all the same."""
    if order != "optout":
        return "unknown_number"
    if db.session.get(Suppression, row.sender_hash) is None:
        db.session.add(Suppression(phone_hash=row.sender_hash, since=now, reason="sms"))
    return "optout"


def _open_invitations(contact: Contact, now: datetime) -> list[Invitation]:
    """Those that still take answers; first the one whose text this phone got last."""
    last_text = (
        select(func.max(Message.attempted_at))
        .where(Message.invitation_id == Invitation.id)
        .correlate(Invitation)
        .scalar_subquery()
    )
    query = (
        select(Invitation)
        .join(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .join(Wave, Wave.id == Invitation.wave_id)
        .where(
            SampleUnit.contact_id == contact.id,
            Wave.state.in_(respond.OPEN_STATES),
            Invitation.expires_at > now,
            Wave.closes_at.is_(None) | (Wave.closes_at > now),
        )
        .order_by(last_text.desc().nulls_last(), Invitation.id.desc())
    )
    return list(db.session.scalars(query))


class _Talk:
    """One message of one known number."""

    def __init__(self, row: InboundMessage, contact: Contact, now: datetime) -> None:
        self.row, self.contact, self.now = row, contact, now
        self.invitations = _open_invitations(contact, now)
        self.invitation = self.invitations[0] if self.invitations else None
        row.invitation_id = self.invitation.id if self.invitation else None

    def obey(self, order: str) -> str:
        match order:
            case "optout":
                return self._optout()
            case "optin":
                db.session.execute(delete(Suppression).where(Suppression.phone_hash == self.contact.phone_hash))
                return self._say("optin")
            case _:
                return self._say("help") if self.invitation else self._ended()

    def _optout(self) -> str:
        """Refuses every open invitation and all later waves; confirmed once."""
        is_new = db.session.get(Suppression, self.contact.phone_hash) is None
        for invitation in self.invitations:
            collect.refuse(invitation, source="sms", forever=True, now=self.now)
        if db.session.get(Suppression, self.contact.phone_hash) is None:
            db.session.add(Suppression(phone_hash=self.contact.phone_hash, since=self.now, reason="sms"))
        outbox.cancel(Message.contact_id == self.contact.id, reason="refused", now=self.now)
        if is_new:
            self._queue("optout")
        return "optout"

    def listen(self) -> str:
        invitation = self.invitation
        if invitation is None:
            return self._ended()
        instrument = respond.instrument(invitation.wave.instrument_version_id)
        known = _known(invitation)
        if sms.says_yes(self.row.text):
            items = self._repeated_back(invitation, instrument)
            return self._record(invitation, instrument, items) if items else self._unclear(invitation)
        reply = _read(self.row.text, instrument, known, by_step=_by_step(invitation))
        match reply.verdict:
            case "accept" | "partial" | "correct":
                return self._record(invitation, instrument, reply.items)
            case "confirm":
                return self._say("confirm", reply.items)
            case _:
                return self._unclear(invitation)

    def _record(self, invitation: Invitation, instrument: Instrument, items: Mapping[str, int]) -> str:
        """Store and repeat what is stored; with ratings still missing, ask for those."""
        if not collect.may_change(respond.reply(invitation.id), self.now):
            return self._say("too_late")
        known = {**_known(invitation), **items}
        is_complete = all(item.id in known for item in instrument.rating_items)
        is_correction = _is_sent(invitation)
        collect.record_sms(invitation, items, send=is_complete or is_correction, now=self.now)
        unfinished = "step" if _by_step(invitation) else "partial"
        self._queue("recorded" if is_complete or is_correction else unfinished, known)
        if is_correction:
            return "correct"
        return "accept" if is_complete else "partial"

    def _repeated_back(self, invitation: Invitation, instrument: Instrument) -> Mapping[str, int]:
        """What a yes agrees to: the ratings of the message before, if we asked whether they are meant."""
        query = (
            select(InboundMessage)
            .where(
                InboundMessage.sender_hash == self.row.sender_hash,
                InboundMessage.id < self.row.id,
                InboundMessage.verdict.not_in(tuple(IGNORED)),
            )
            .order_by(InboundMessage.id.desc())
            .limit(1)
        )
        before = db.session.scalar(query)
        if before is None or before.verdict != "confirm" or before.received_at < self.now - REPLY_LIFE:
            return {}
        if before.invitation_id != invitation.id:
            return {}
        return _read(before.text, instrument, _known(invitation), by_step=_by_step(invitation)).items

    def _unclear(self, invitation: Invitation) -> str:
        """Ask again once, then send the link, then leave the citizen in peace; thanks need no answer."""
        if _is_sent(invitation):
            return "silent"
        invitation.asks += 1
        if invitation.asks > MOST_ASKS:
            return "silent"
        return self._say("ask" if invitation.asks < MOST_ASKS else "link")

    def _ended(self) -> str:
        """No survey is open for this number: said to those who once were invited."""
        query = select(Message.id).where(Message.contact_id == self.contact.id, Message.attempted_at.is_not(None))
        return "silent" if db.session.scalar(query.limit(1)) is None else self._say("closed")

    def _say(self, key: str, items: Mapping[str, int] | None = None) -> str:
        """Answer without progress, unless that was done often enough."""
        hour = select(func.count()).where(
            InboundMessage.sender_hash == self.row.sender_hash,
            InboundMessage.verdict.in_(WITHOUT_PROGRESS),
            InboundMessage.processed_at > self.now - timedelta(hours=1),
        )
        if db.session.scalars(hour).one() >= MOST_WITHOUT_PROGRESS:
            return "silent"
        return key if self._queue(key, items) else "silent"

    def _queue(self, key: str, items: Mapping[str, int] | None = None) -> bool:
        recent = func.count(case((Message.queued_at > self.now - MONTH, 1)))
        replies = select(func.count(), recent).where(
            Message.contact_id == self.contact.id, Message.kind == MessageKind.reply
        )
        count, lately = db.session.execute(replies).one()
        if lately >= MOST_REPLIES and key != "optout":
            return False
        text = texts.reply(key, self.invitation, items, several=len(self.invitations) > 1)
        db.session.add(
            Message(
                wave_id=self.invitation.wave_id if self.invitation else None,
                invitation_id=self.invitation.id if self.invitation else None,
                contact_id=self.contact.id,
                kind=MessageKind.reply,
                attempt=count + 1,
                body=text.body,
                parts=text.parts,
                priority=0,
                not_before=self.now,
                expires_at=self.now + REPLY_LIFE,
                queued_at=self.now,
            )
        )
        return True


def _known(invitation: Invitation) -> dict[str, int]:
    """The ratings that this invitation has already."""
    reply = respond.reply(invitation.id)
    return {key: value for key, value in (reply.given if reply else {}).items() if isinstance(value, int)}


def _is_sent(invitation: Invitation) -> bool:
    reply = respond.reply(invitation.id)
    return reply is not None and reply.submitted_at is not None


def _by_step(invitation: Invitation) -> bool:
    """Whether the wave asks one question a message."""
    return invitation.wave.settings.get("sms_text") == "step"


def _read(text: str, instrument: Instrument, known: Mapping[str, int], *, by_step: bool) -> sms.Reply:
    """The answer to the question asked last, or else all ratings at once, or else those still missing."""
    missing = [item for item in instrument.rating_items if item.id not in known]
    if by_step and missing:
        step = sms.parse_reply(text, instrument, mode="step", item=missing[0].id)
        if step.verdict in {"accept", "confirm"}:
            return step
    whole = sms.parse_reply(text, instrument)
    if whole.verdict != "ask" or not known:
        return whole
    rest = replace(instrument, items=tuple(missing) or instrument.items, factors=())
    return sms.parse_reply(text, rest)
