"""Paper forms of a wave as the officer sees them: issued, printed, keyed, decided, and how often clerks err."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from forms import paper as on_paper
from forms.model import words
from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.office.interviews import most
from survey.blueprints.respond.fields import field
from survey.clock import local_day
from survey.models import PaperState, Wave
from survey.queries import interviews as units
from survey.queries import papers, progress
from survey.queries.papers import Sheet
from survey.queries.respond import OPEN_STATES
from survey.services.answers import consent, paper
from survey.services.office.permissions import Action


@blueprint.get("/waves/<code>/paper")
@allowed(Action.office_view)
def paper_forms(code: str) -> Any:
    wave = progress.wave(code)
    counts = papers.counts(wave.id)
    return render_template(
        "office/papers.html",
        wave=wave,
        is_open=wave.state in OPEN_STATES,
        counts=counts,
        pages=range(0, counts[PaperState.issued], papers.SHEETS),
        sheets=papers.SHEETS,
        waiting=units.by_agency(papers.unissued(wave.id)),
        to_decide=papers.to_decide(wave.id),
        accuracy=papers.accuracy(wave),
    )


@blueprint.post("/waves/<code>/paper")
@allowed(Action.paper_issue)
def issue_paper(code: str) -> AnyResponse:
    wave = progress.wave(code)
    with told():
        agency_id = request.form.get("agency", type=int)
        count = paper.issue(wave, agency_id=agency_id, most=most(), actor=current_user.email, now=clock.now())
        flash(_("Đã tạo %(count)s phiếu. Xin in rồi phát.", count=count), "success")
    return redirect(url_for(".paper_forms", code=code), 303)


@blueprint.post("/waves/<code>/paper/print")
@allowed(Action.paper_issue)
def print_paper(code: str) -> Any:
    """A page for the printer: each form on sheets of its own."""
    wave = progress.wave(code)
    rows = papers.sheets(wave.id, after=request.form.get("after", 0, type=int))
    paper.note_printed(wave, "print", len(rows), actor=current_user.email, now=clock.now())
    instrument = papers.questionnaire(wave)
    office = current_app.config["THUOCDO_OFFICE_NAME"]
    return render_template(
        "office/paper_print.html",
        wave=wave,
        title=words(instrument.title, "vi"),
        lead=words(instrument.lead, "vi") if instrument.lead else "",
        forms=[(row, _facts(row), _questions(wave, row)) for row in rows],
        notice=consent.notice(consent.PAPER_VERSION, "vi", office=office, retention_days=0),
        office=office,
        phone=current_app.config["THUOCDO_OFFICE_PHONE"],
    )


@blueprint.post("/waves/<code>/paper/list.csv")
@allowed(Action.paper_issue)
def paper_list(code: str) -> Response:
    """For the envelopes, and for nothing else: which form goes to which dossier."""
    wave = progress.wave(code)
    rows = papers.sheets(wave.id, limit=None)
    paper.note_printed(wave, "list", len(rows), actor=current_user.email, now=clock.now())
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["code", "dossier_code", "agency"])
    writer.writerows((row.code, row.dossier, row.agency) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="paper-{wave.code}.csv"'}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)


def _facts(row: Sheet) -> dict[str, str | None]:
    done = row.completed_at
    return {
        "service": row.service,
        "agency": row.agency,
        "received_on": f"{local_day(row.received_at):%d/%m/%Y}",
        "completed_on": None if done is None else f"{local_day(done):%d/%m/%Y}",
    }


def _questions(wave: Wave, row: Sheet) -> list[dict[str, Any]]:
    """The questions with their boxes; one that depends on another says so."""
    facts = _facts(row)
    return [
        {
            "field": field(item, {}, lang="vi", facts=facts),
            "depends": item.show_if is not None,
        }
        for item in on_paper.questions(papers.questionnaire(wave))
    ]
