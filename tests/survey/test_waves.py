"""The life of a wave. Authority: WAVE_TRANSITIONS, and what each step promises in its docstring."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import ConflictError, SurveyError
from survey.extensions import db
from survey.models import (
    AuditEvent,
    Contact,
    DispositionEvent,
    InstrumentVersion,
    Message,
    MessageState,
    SampleUnit,
    Wave,
    WaveKind,
    WaveState,
)
from survey.services.fieldwork.waves import (
    close_wave,
    create_wave,
    launch_wave,
    pause_wave,
    resume_wave,
    settings_of,
)
from tests.factories import make_dossier, make_frame, make_invitation, make_message, make_unit, make_wave

PLAN: dict[str, Any] = {
    "code": "2026-q3",
    "title": {"vi": "Quý III năm 2026", "en": "Third quarter of 2026"},
    "kind": "one_off",
    "period": ["2026-07-01", "2026-09-30"],
    "eligible_status": 10,
    "instrument": "motcua_ngan@1",
    "sample": {"strata": ["agency"], "method": "srs", "allocation": {"method": "proportional", "n": 5}},
    "settings": {"reminder_days": [3]},
}


def _create(now: datetime, **changes: Any) -> Wave:
    return create_wave(PLAN | changes, actor="officer", now=now)


def test_a_plan_becomes_a_draft_with_every_setting_filled_in(app: Flask, now: datetime) -> None:
    wave = _create(now)
    assert (wave.state, wave.kind, wave.period_end) == (WaveState.draft, WaveKind.one_off, date(2026, 9, 30))
    assert wave.plan["person"] == {"key": "person_id", "rule": "one_dossier"}
    assert (settings_of(wave).reminder_days, settings_of(wave).minimum_answers) == ((3,), 10)
    assert wave.instrument_version.code == "motcua_ngan"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"code": "Quý 3"}, "code"),
        ({"title": {"en": "only"}}, "title"),
        ({"kind": "daily"}, "kind"),
        ({"period": ["2026-09-30", "2026-07-01"]}, "period"),
        ({"period": "2026"}, "period"),
        ({"eligible_status": None}, "eligible_status"),
        ({"instrument": "motcua_ngan"}, "instrument"),
        ({"instrument": "motcua_ngan@9"}, "motcua_ngan@9"),
        ({"sample": {**PLAN["sample"], "strata": ["district"]}}, "district"),
        ({"sample": {**PLAN["sample"], "method": "lottery"}}, "sample.method"),
        ({"sample": {**PLAN["sample"], "person": {"key": "phone", "rule": "one_dossier"}}}, "sample.person"),
        ({"kind": "rolling", "sample": {"fraction": 1.5}}, "sample.fraction"),
        ({"kind": "rolling", "sample": {"fraction": 0.1, "method": "srs"}}, "sample.method"),
        ({"settings": {"remainder_days": [3]}}, "settings.remainder_days"),
        ({"settings": {"reminder_days": [9, 4]}}, "settings.reminder_days"),
        ({"settings": {"published_formula": "mean@1"}}, "settings.published_formula"),
        ({"plan": 1}, "plan"),
    ],
)
def test_a_wrong_plan_is_refused_naming_the_key(app: Flask, now: datetime, changes: dict, named: str) -> None:
    with pytest.raises(SurveyError, match=named.replace(".", r"\.")):
        _create(now, **changes)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Wave)) == 0


def test_coordination_by_history_uses_our_own_draws(app: Flask, now: datetime) -> None:
    rule = {"mode": "history", "gap_days": 90, "on_impossible": "allow"}
    wave = _create(now, sample={**PLAN["sample"], "coordinate": rule})
    assert wave.plan["coordinate"] == {**rule, "key": "person_id", "history": "waves"}


def test_a_code_is_used_once(app: Flask, now: datetime) -> None:
    _create(now)
    with pytest.raises(ConflictError, match="đã có đợt khảo sát 2026-q3"):
        _create(now)


def test_a_wave_is_launched_only_after_its_draw(app: Flask, now: datetime) -> None:
    with pytest.raises(ConflictError, match="chưa rút mẫu"):
        launch_wave(make_wave(), actor="officer", now=now)


def test_a_launch_locks_the_questionnaire_and_queues_each_invitation_once(app: Flask, now: datetime) -> None:
    wave = make_wave(state=WaveState.drawn)
    for reachable in (True, True, False):
        make_unit(wave, reachable=reachable)
    make_unit(wave, released=False)
    launch_wave(wave, actor="officer", now=now)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 2
    assert db.session.scalars(select(InstrumentVersion)).one().locked_at == now
    assert wave.closes_at == now + timedelta(days=14)


@pytest.mark.parametrize("state", [WaveState.launched, WaveState.paused, WaveState.closed])
def test_a_second_launch_is_refused_and_sends_nothing(app: Flask, now: datetime, state: WaveState) -> None:
    wave = make_wave("w", state=state)
    make_unit(wave)
    with pytest.raises(ConflictError, match="đợt w đã triển khai; không triển khai lần nữa"):
        launch_wave(wave, actor="officer", now=now)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert wave.state is state


def test_a_pause_and_its_end(app: Flask, now: datetime) -> None:
    wave = make_wave(state=WaveState.launched)
    assert pause_wave(wave, actor="officer", now=now).state is WaveState.paused
    assert resume_wave(wave, actor="officer", now=now).state is WaveState.launched
    with pytest.raises(ConflictError, match="đang thu thập"):
        resume_wave(wave, actor="officer", now=now)


@pytest.mark.parametrize("state", [WaveState.draft, WaveState.drawn, WaveState.closed, WaveState.published])
def test_only_an_open_wave_is_closed(app: Flask, now: datetime, state: WaveState) -> None:
    with pytest.raises(ConflictError, match="không chuyển sang «đã đóng» được"):
        close_wave(make_wave(state=state), actor="officer", now=now)


def _frame(wave: Wave) -> None:
    """As the draw leaves it: the analysis file needs N of each stratum."""
    strata = db.session.scalars(select(SampleUnit.stratum).where(SampleUnit.wave_id == wave.id))
    make_frame(wave).summary = {"strata": {stratum: {"N": 9} for stratum in strata}}
    db.session.commit()


@pytest.mark.parametrize(
    ("states", "disposition"),
    [
        ([], "3.11"),
        ([MessageState.queued], "3.11"),
        ([MessageState.expired], "3.11"),
        ([MessageState.failed], "3.30"),
        ([MessageState.dead], "3.30"),
        ([MessageState.delivered], "3.19"),
        ([MessageState.unknown], "3.19"),
        ([MessageState.failed, MessageState.delivered], "3.19"),
    ],
)
def test_the_close_says_the_last_word_on_the_silent(
    app: Flask, now: datetime, states: list[MessageState], disposition: str
) -> None:
    wave = make_wave(state=WaveState.launched)
    unit = make_unit(wave)
    invitation, _token = make_invitation(unit)
    for attempt, state in enumerate(states, start=1):
        make_message(invitation, state=state, attempt=attempt)
    _frame(wave)
    close_wave(wave, actor="officer", now=now)
    db.session.refresh(unit)
    assert unit.disposition == disposition
    assert db.session.scalars(select(DispositionEvent.source)).all() == ["close"]


def test_the_close_cancels_messages_writes_the_file_and_cuts_the_link_to_contacts(
    app: Flask, now: datetime
) -> None:
    wave = make_wave(state=WaveState.launched)
    unit = make_unit(wave)
    make_message(make_invitation(unit)[0])
    served = make_dossier()
    _frame(wave)
    close_wave(wave, actor="officer", now=now)
    db.session.refresh(unit)
    message = db.session.scalars(select(Message)).one()
    assert (unit.contact_id, unit.dossier_id, unit.person_id) == (None, None, None)
    assert (message.state, message.invitation_id) == (MessageState.cancelled, None)
    assert (app.config["THUOCDO_INSTANCE"] / wave.analysis_file).is_file()
    assert db.session.get(Contact, served.contact_id).retention_until == date(2027, 1, 12)


def test_every_step_is_on_record_with_its_actor(app: Flask, now: datetime) -> None:
    wave = make_wave(state=WaveState.drawn)
    make_unit(wave)
    _frame(wave)
    for step in (launch_wave, pause_wave, resume_wave, close_wave):
        step(wave, actor="an@hue.gov.vn", now=now)
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.actor != "system").order_by(AuditEvent.id))
    assert [(e.action, e.actor) for e in events] == [
        (f"wave.{step}", "an@hue.gov.vn") for step in ("launch", "pause", "resume", "close")
    ]
