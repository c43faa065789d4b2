"""Waves: the list, one wave from all sides, a new one, and how many people to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from analysis.disposition import Account
from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.office.forms import SizeForm, WaveForm
from survey.blueprints.office.instruments import known
from survey.blueprints.office.steps import STEPS, offered
from survey.models import Role
from survey.queries import progress, proof, results
from survey.queries.account import account, total
from survey.queries.published import agencies_by_label, frames_of, newest_run
from survey.reports.quality import flag_names
from survey.reports.words import account_name
from survey.services.office.permissions import Action

if TYPE_CHECKING:
    from sampling.size import Size


_HOMES = {Role.agency: ".own_results", Role.interviewer: ".my_cases", Role.keyer: ".paper_desk"}


@blueprint.get("/")
def index() -> Any:
    """Accounts that have one page begin there, everybody else with the waves."""
    home = _HOMES.get(current_user.role)
    return wave_list() if home is None else redirect(url_for(home), 303)


@blueprint.get("/waves/")
@allowed(Action.office_view)
def wave_list() -> Any:
    return render_template("office/waves.html", rows=progress.waves())


@blueprint.get("/waves/<code>/")
@allowed(Action.office_view)
def wave(code: str) -> Any:
    found = progress.wave(code)
    return render_template(
        "office/wave.html",
        wave=found,
        steps=STEPS,
        offered=offered(found),
        frames=frames_of(found),
        seed=proof.public_seed(found),
        progress=progress.progress(found.id),
        days=progress.answers_by_day(found.id),
        releases=results.releases(found.id),
    )


@blueprint.get("/waves/<code>/account")
@allowed(Action.office_view)
def wave_account(code: str) -> Any:
    """Frame = ineligible + not sampled + sampled, and what became of the sampled, for each agency."""
    found = progress.wave(code)
    rows = account(found)
    columns = [(name, account_name(name)) for name in Account.__dataclass_fields__]
    return render_template("office/account.html", wave=found, rows=rows, whole=total(rows), columns=columns)


@blueprint.get("/waves/<code>/frame")
@allowed(Action.office_view)
def wave_frame(code: str) -> Any:
    """What the frame is worth: phones missing, invalid, repeated, for each agency."""
    found = progress.wave(code)
    frames = frames_of(found)
    audit = proof.phone_audit(frames)
    names = agencies_by_label([row.agency for row in audit], found.period_end)
    exclusions = proof.exclusions(frames)
    return render_template(
        "office/frame.html", wave=found, frames=frames, audit=audit, names=names, exclusions=exclusions
    )


@blueprint.get("/waves/<code>/results")
@allowed(Action.office_view)
def wave_results(code: str) -> Any:
    """The newest estimation, before it is published; an agency with too few answers is hidden here too."""
    found = progress.wave(code)
    rows = results.figures(found)
    return render_template(
        "office/results.html",
        wave=found,
        run=newest_run(found),
        rows=rows,
        flagged=results.with_without(found),
        flags=flag_names(),
    )


@blueprint.get("/waves/<code>/certificate.json")
@allowed(Action.office_view)
def certificate(code: str) -> Response:
    """Proof of the draw: frame hash, seed, plan and counts per stratum; whoever has the frame can repeat it."""
    found = progress.wave(code)
    response = jsonify(proof.certificate(found, frames_of(found)))
    response.headers["Content-Disposition"] = f'attachment; filename="draw-{found.code}.json"'
    return response


@blueprint.route("/waves/new", methods=["GET", "POST"])
@allowed(Action.wave_create)
def new_wave() -> Any:
    from survey.services.fieldwork.waves import create_wave

    form = WaveForm()
    form.offer_instruments({name: f"{shown.title['vi']} ({name})" for name, (shown, _row) in known().items()})
    if form.validate_on_submit():
        with told():
            made = create_wave(form.plan(), actor=current_user.email, now=clock.now())
            flash(_("Đã tạo đợt %(code)s.", code=made.code), "success")
            return redirect(url_for(".wave", code=made.code), 303)
    return render_template("office/wave_new.html", form=form), 422 if form.is_submitted() else 200


@blueprint.get("/sample-size")
@allowed(Action.office_view)
def sample_size() -> Any:
    form = SizeForm(request.args or None)
    answer = slovin = None
    if request.args and form.validate():
        answer, slovin = _sizes(form)
    return render_template("office/size.html", form=form, answer=answer, slovin=slovin)


def _sizes(form: SizeForm) -> tuple[Size, int]:
    from sampling import size

    wanted = form.data
    slovin = size.slovin(wanted["population"], wanted["margin"])
    return size.proportion(wanted.pop("margin"), **wanted), slovin
