"""The form's pages as bytes.

A question that nobody has answered yet looks the same to everyone with the same questionnaire, language and print:
it is rendered once and kept, and only the form's token is put in for each citizen. A page that holds answers,
errors or words of one's own dossier is rendered for its reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import web
from forms.model import Answers, Instrument, Item, words
from survey.blueprints.respond.fields import Field, as_form
from survey.blueprints.respond.fields import field as drawn
from survey.blueprints.respond.look import Look
from survey.blueprints.respond.transport import Skeleton
from survey.clock import HANOI
from survey.queries import respond
from survey.queries.respond import Case, Reply

_TOKEN_MARK = "__FORM_TOKEN__"  # noqa: S105 -- the place of a token, no token
# Controls but for tab and line ends, and Unicode's non-characters (HTML, 13.2.3.5).
_PLANE_ENDS = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_FORBIDDEN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{_PLANE_ENDS}]")
_MOST_KEPT = 2000  # pages of all questionnaires, languages and looks in one process


@dataclass(frozen=True)
class Visit:
    """One citizen's look at one invitation: what every page needs to be drawn."""

    case: Case
    reply: Reply | None
    look: Look
    form_token: str
    consent_version: str = ""
    way_out: str = ""  # an interviewer's: where to go when the person stops

    @cached_property
    def instrument(self) -> Instrument:
        return respond.instrument(self.case.instrument_version_id)

    @cached_property
    def answers(self) -> Answers:
        """All that was given so far."""
        return self.reply.given if self.reply else {}

    @cached_property
    def pages(self) -> tuple[web.Page, ...]:
        return web.pages(self.instrument, self.answers, by="section" if self.case.by_section else "item")

    @cached_property
    def facts(self) -> dict[str, str | None]:
        """What is said of the dossier: its service, office and days, and nothing else."""
        case = self.case
        return {
            "service": case.service or None,
            "agency": case.agency,
            "received_on": _day(case.received_at),
            "completed_on": None if case.completed_at is None else _day(case.completed_at),
        }

    def page(self, key: str) -> web.Page | None:
        return next((page for page in self.pages if page.key == key), None)

    @property
    def first_open(self) -> str | None:
        """The first page with a question that has no answer yet."""
        return next((page.key for page in self.pages if any(_open(i, self.answers) for i in page.items)), None)


@dataclass(frozen=True)
class Trouble:
    """Why a page is shown again: what was typed, what is wrong with it, and words for the whole page."""

    form: web.Form = field(default_factory=dict)
    problems: Mapping[str, web.Problem] = field(default_factory=dict)
    notice: str = ""


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(HANOI):%d/%m/%Y}"


def _open(item: Item, answers: Answers) -> bool:
    return item.type != "note" and item.id not in answers


def render(template: str, visit: Visit | None, look: Look, page: str = "", **context: Any) -> str:
    """A page of the form with what all of them show."""
    token, way_out = (visit.form_token, visit.way_out) if visit else ("", "")
    return _draw(template, look=look, page=page, form_token=token, way_out=way_out, **context)


def _draw(template: str, **context: Any) -> str:
    """Flask's context processors are passed over: they would look for an officer's session on every page.

    What was typed is shown again as it was, but for the characters that HTML forbids: only robots type them.
    """
    found = current_app.jinja_env.get_template(f"respond/{template}.html")
    page = found.render(office_phone=current_app.config["THUOCDO_OFFICE_PHONE"], **context)
    return _FORBIDDEN.sub("", page)


def question(visit: Visit, page: web.Page, *, back: str = "", trouble: Trouble | None = None) -> str | Response:
    """One page of questions; from the store when nothing on it is this citizen's own."""
    if visit.way_out or trouble is not None or page.is_piped or not visit.answers.keys().isdisjoint(page.ids):
        return _question(visit, page, back, trouble or Trouble(), visit.form_token)
    kept: dict[tuple[Any, ...], Skeleton] = current_app.extensions.setdefault("thuocdo_pages", {})
    look, case = visit.look, visit.case
    place = (page.ids, page.number, page.total, page.before)
    key = (case.instrument_version_id, place, look, case.flipped, visit.consent_version, back)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = Skeleton(_question(visit, page, back, Trouble(), _TOKEN_MARK), _TOKEN_MARK)
    return kept[key].response(visit.form_token)


def _question(visit: Visit, page: web.Page, back: str, trouble: Trouble, form_token: str) -> str:
    look, case = visit.look, visit.case
    asked = page.questions
    form = trouble.form or {key: sent for item in asked for key, sent in as_form(item, visit.answers).items()}
    fields = [
        drawn(
            item,
            form,
            lang=look.lang,
            facts=visit.facts,
            problem=trouble.problems.get(item.id),
            flipped=case.flipped,
        )
        for item in asked
    ]
    return _draw(
        "question",
        look=look,
        page=page.key,
        form_token=form_token,
        fields=fields,
        errors=[one for one in fields if one.error],
        seen=[key for key, problem in trouble.problems.items() if problem.soft],
        notes=[_piped(visit, item) for item in page.items if item.type == "note"],
        heading=_heading(visit, fields, asked),
        notice=trouble.notice,
        way_out=visit.way_out,
        progress=_progress(page.number, len(fields), page.total),
        done=page.number - 1,
        total=page.total,
        consent_version=visit.consent_version,
        extra={"back": back} if back else {},
        back="check" if back else page.before,
    )


def _piped(visit: Visit, item: Item) -> str:
    return web.pipe(words(item.label, visit.look.lang), visit.facts, visit.look.lang)


def _heading(visit: Visit, fields: Sequence[Field], asked: Sequence[Item]) -> str:
    """The questionnaire's lead, else the factor's name over several questions; a lone question heads itself."""
    instrument, lang = visit.instrument, visit.look.lang
    if instrument.lead is not None and any(item.type == "likert" for item in asked):
        return words(instrument.lead, lang)
    if len(fields) == 1:
        return ""
    factors = (factor for factor in instrument.factors if asked and asked[0].id in factor.items)
    return next((words(factor.label, lang) for factor in factors), words(instrument.title, lang))


def _progress(number: int, shown: int, total: int) -> str:
    if shown > 1:
        return str(_("Câu %(first)s–%(last)s/%(total)s", first=number, last=number + shown - 1, total=total))
    return str(_("Câu %(number)s/%(total)s", number=number, total=total))


def given(visit: Visit) -> list[dict[str, str]]:
    """Questions and answers in words, for "check your answers"."""
    lang, answers = visit.look.lang, visit.answers
    rows = []
    for page in visit.pages:
        for item in page.items:
            if item.type == "note":
                continue
            written = answers.get(item.other_id)
            answer = answers.get(item.id)
            said = "" if answer is None else web.shown(item, answer, lang, str(written) if written else None)
            rows.append({"label": _piped(visit, item), "answer": said, "page": page.key})
    return rows
