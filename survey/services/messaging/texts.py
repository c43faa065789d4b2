"""The words of our messages, rendered whole and counted before they are queued; the link stays a placeholder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from forms import sms
from forms.messages import MESSAGES
from forms.model import Instrument, words
from forms.sms_text import segments, unaccent
from survey.crypto import TOKEN_LENGTH
from survey.errors import ConflictError
from survey.models import Invitation
from survey.queries import respond
from survey.services.messaging.outbox import link

PLACEHOLDER = "{link}"
SHORT_INVITATION = "{sender}: Đánh giá hồ sơ tại {agency}: {link} Soạn TC để từ chối."
FIRST_STEP = "{sender} hỏi về hồ sơ tại {agency}. {prompt}"
OF_RATINGS = frozenset({"step", "recorded", "confirm", "partial", "ask", "help"})


@dataclass(frozen=True)
class Text:
    """`body` as it is stored, `parts` as it will be charged, with a link of the real length."""

    body: str
    parts: int


def _stored(rendered: str) -> Text:
    return Text(rendered.replace(_model_link(), PLACEHOLDER), segments(rendered).parts)


def _model_link() -> str:
    """As long as a real one: tokens have one length."""
    return link("x" * TOKEN_LENGTH)


def invitation(agency: str, instrument: Instrument, settings: Mapping[str, Any], lang: str = "vi") -> Text:
    """The first text of a wave, by its `sms_text`: a link, the questions to answer by reply, or both."""
    sender = current_app.config["THUOCDO_SMS_SENDER"]
    kind = settings.get("sms_text", "link")
    if kind == "link":
        return _invitation_with_link(sender, agency, settings, lang)
    if kind == "step":
        first = sms.render_step(instrument, instrument.rating_items[0].id, lang=lang)
        return _stored(sms.render(FIRST_STEP, {"sender": sender, "agency": agency, "prompt": first}))
    prompt = sms.render_one_message(instrument, sender=sender, lang=lang)
    return _stored(prompt if kind == "reply" else f"{prompt} {_model_link()}")


def sample(agency: str, instrument: Instrument, settings: Mapping[str, Any]) -> Text:
    """The first text as a phone shows it, with a link of the real length that opens nothing."""
    text = invitation(agency, instrument, settings)
    return Text(text.body.replace(PLACEHOLDER, _model_link()), text.parts)


def _invitation_with_link(sender: str, agency: str, settings: Mapping[str, Any], lang: str) -> Text:
    """In one part; a long name first costs the politeness, and what is still too long is for an officer."""
    own = settings.get("sms_template") or None
    problem: Exception | None = None
    for template in (own,) if own else (None, SHORT_INVITATION):
        try:
            rendered = sms.render_invitation(
                sender=sender,
                agency=agency,
                link=_model_link(),
                lang=lang,
                template=template,
                accented=bool(settings.get("sms_accented", False)),
                max_parts=int(settings.get("sms_max_parts", 1)),
            )
            return _stored(rendered)
        except sms.SmsError as exc:
            problem = exc
    raise _too_long(agency, problem) from problem


def _too_long(agency: str, problem: Exception | None) -> ConflictError:
    return ConflictError(
        "sms_too_long",
        _("Tin nhắn về “%(agency)s” không gửi được trong số phần cho phép: %(why)s", agency=agency, why=problem),
    )


def reminder(agency: str, days: int, settings: Mapping[str, Any], lang: str = "vi") -> Text:
    """A later text, with the days that are left."""
    try:
        rendered = sms.render_reminder(
            days=days,
            link=_model_link(),
            sender=current_app.config["THUOCDO_SMS_SENDER"],
            agency=agency,
            lang=lang,
            accented=bool(settings.get("sms_accented", False)),
            max_parts=max(2, int(settings.get("sms_max_parts", 1))),
        )
    except sms.SmsError as exc:
        raise _too_long(agency, exc) from exc
    return _stored(rendered)


def reply(key: str, to: Invitation | None, items: Mapping[str, int] | None = None, *, several: bool) -> Text:
    """An answer to a citizen; names the office where the number has several open invitations."""
    lang = to.language if to is not None else "vi"
    if to is not None and key in OF_RATINGS:
        try:
            text = _of_ratings(key, respond.instrument(to.wave.instrument_version_id), items or {}, lang)
        except sms.SmsError:  # this questionnaire cannot be answered by text
            text = _plain("link", lang)
    else:
        text = _plain(key, lang)
    if several and to is not None:
        text = f"{unaccent(to.sample_unit.agency.name_vi)}: {text}"
    return _stored(text)


def _of_ratings(key: str, instrument: Instrument, items: Mapping[str, int], lang: str) -> str:
    if key != "step":
        return sms.render_reply(key, instrument, items, lang=lang)
    following = next(item.id for item in instrument.rating_items if item.id not in items)
    return sms.render_step(instrument, following, lang=lang)


def _plain(key: str, lang: str) -> str:
    return sms.render(words(MESSAGES[f"sms_{key}"], lang), {"link": _model_link()})
