"""Keying paper forms: a clerk types a form's code and its answers; another one does it again; a third decides."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from forms import paper as on_paper
from forms import web
from forms.model import Instrument, Item
from forms.paper import Keyed
from forms.web import Form, Problem
from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.respond.fields import Field, field
from survey.blueprints.shell import language
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import PaperForm, Wave
from survey.queries import papers
from survey.services.answers import paper
from survey.services.office.permissions import Action

_FACTS = ("service", "agency", "received_on", "completed_on")


@blueprint.get("/paper/")
@allowed(Action.paper_key)
def paper_desk() -> Any:
    """Where a clerk types the code of the form in hand."""
    typed = request.args.get("code", "")[:40]
    code = on_paper.read_code(typed)
    if code is not None and papers.by_code(code) is not None:
        return redirect(url_for(".key_form", code=code), 303)
    return render_template("office/paper_desk.html", typed=typed, wrong=bool(typed), known=code is not None)


@blueprint.get("/paper/<code>")
@allowed(Action.paper_key)
def key_form(code: str) -> Any:
    form = _form(code)
    with told():
        paper.check_may_key(form, current_user)
        return _keying(form, {}, {})
    return redirect(url_for(".paper_desk"), 303)


@blueprint.post("/paper/<code>")
@allowed(Action.paper_key)
def take_keyed(code: str) -> Any:
    form, typed = _form(code), request.form.to_dict(flat=False)
    instrument = _questionnaire(form)
    keyed, errors = on_paper.read_keyed(instrument, typed, [item.id for item in on_paper.questions(instrument)])
    if errors:
        return _keying(form, typed, errors), 422
    with told():
        paper.key(code, keyed, current_user, now=clock.now())
        flash(_("Đã ghi phiếu %(code)s.", code=code), "success")
    return redirect(url_for(".paper_desk"), 303)


@blueprint.get("/paper/<code>/decide")
@allowed(Action.paper_decide)
def decide_form(code: str) -> Any:
    form = _form(code)
    with told():
        paper.check_may_decide(form, current_user)
        return _deciding(form, {}, {})
    return redirect(url_for(".paper_forms", code=_wave(form).code), 303)


@blueprint.post("/paper/<code>/decide")
@allowed(Action.paper_decide)
def take_decision(code: str) -> Any:
    form, typed = _form(code), request.form.to_dict(flat=False)
    with told():
        paper.check_may_decide(form, current_user)
        keyed, errors = on_paper.read_keyed(_questionnaire(form), typed, [item.id for item in _differing(form)])
        errors |= {item.id: Problem("undecided") for item in _differing(form) if _is_open(item, keyed, typed)}
        if errors:
            return _deciding(form, typed, errors), 422
        paper.decide(code, keyed, current_user, now=clock.now())
        flash(_("Đã chốt phiếu %(code)s.", code=code), "success")
    return redirect(url_for(".paper_forms", code=_wave(form).code), 303)


def _is_open(item: Item, keyed: Keyed, typed: Form) -> bool:
    """Blank has to be said: a radio button for it, or a field that came back empty."""
    return item.id not in keyed.answers and item.id not in keyed.marks and not typed.get(f"blank-{item.id}")


def _form(code: str) -> PaperForm:
    found = papers.by_code(code)
    if found is None:
        raise NotFoundError("no_form", _("Không có phiếu mang mã này."))
    return found


def _wave(form: PaperForm) -> Wave:
    return db.session.get_one(Wave, form.wave_id)


def _questionnaire(form: PaperForm) -> Instrument:
    return papers.questionnaire(_wave(form))


def _differing(form: PaperForm) -> list[Item]:
    instrument = _questionnaire(form)
    one, other = map(papers.reading, papers.entries(form.id))
    return [instrument.item(item_id) for item_id in on_paper.differences(instrument, one, other)]


def _keying(form: PaperForm, typed: Form, errors: dict[str, Problem]) -> str:
    items = on_paper.questions(_questionnaire(form))
    return render_template(
        "office/paper_key.html", form=form, fields=_fields(items, typed, errors), marks=_marks(items, typed)
    )


def _deciding(form: PaperForm, typed: Form, errors: dict[str, Problem]) -> str:
    items = _differing(form)
    readings = [papers.reading(entry) for entry in papers.entries(form.id)]
    return render_template(
        "office/paper_decide.html",
        form=form,
        wave=_wave(form),
        fields=_fields(items, typed, errors),
        marks=_marks(items, typed),
        blank={item.id for item in items if typed.get(f"blank-{item.id}")},
        read={item.id: [_said(item, keyed) for keyed in readings] for item in items},
    )


def _fields(items: list[Item], typed: Form, errors: dict[str, Problem]) -> list[Field]:
    lang, facts = language(), dict.fromkeys(_FACTS)
    return [field(item, typed, lang=lang, facts=facts, problem=errors.get(item.id)) for item in items]


def _marks(items: list[Item], typed: Form) -> dict[str, str]:
    return {item.id: "".join(typed.get(on_paper.mark_field(item.id), ())[:1]) for item in items}


def _said(item: Item, keyed: Keyed) -> tuple[str, str]:
    """What a clerk read: the answer in words, and the mark."""
    value, written = keyed.answers.get(item.id), keyed.answers.get(item.other_id)
    answer = "" if value is None else web.shown(item, value, language(), str(written) if written else None)
    return answer, keyed.marks.get(item.id, "")
