"""The steps of a wave as buttons. A step that was taken already is said to be done, not taken twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.office.sending import sending_plan
from survey.errors import NotFoundError
from survey.models import Wave, WaveKind, WaveState
from survey.queries import progress, results
from survey.queries.published import frames_of
from survey.services.office import permissions
from survey.services.office.permissions import Action

Answers = Mapping[str, str]
_OPEN = {WaveState.launched, WaveState.paused}
_AFTER_CLOSE = {WaveState.closed, WaveState.estimated, WaveState.published}


@dataclass(frozen=True)
class Step:
    """`ready` says whether it can be taken now, `done` whether it was; `said` is the sentence afterwards.

    `asks`: there is no way back, so a page explains and wants a yes.
    """

    action: Action
    label: LazyString
    said: LazyString
    take: Callable[[Wave, Answers], object]
    ready: Callable[[Wave], bool]
    done: Callable[[Wave], bool]
    asks: bool = False


def _service(module: str, verb: str) -> Callable[..., object]:
    """A service, loaded by the step that needs it: a web process that serves citizens carries no statistics."""

    def call(*what: object) -> object:
        service = getattr(import_module(f"survey.services.{module}"), verb)
        return service(*what, actor=current_user.email, now=clock.now())

    return call


def _only_wave(module: str, verb: str) -> Callable[[Wave, Answers], object]:
    call = _service(module, verb)
    return lambda wave, _answers: call(wave)


def _publish(wave: Wave, _answers: Answers) -> None:
    release = results.newest_release(wave)
    if release is None:
        raise NotFoundError("no_release", _("Chưa lập bản công bố nào."))
    _service("publishing.publish", "publish_release")(release)


def _is_draft(wave: Wave, *, frozen: bool) -> bool:
    is_draft = wave.kind is WaveKind.one_off and wave.state is WaveState.draft
    return is_draft and bool(frames_of(wave)) is frozen


STEPS: dict[str, Step] = {
    "freeze": Step(
        Action.wave_draw,
        _l("Chốt khung mẫu"),
        _l("Đã chốt khung mẫu. Xin công bố mã băm trước khi chọn mầm ngẫu nhiên."),
        take=lambda wave, _answers: _service("fieldwork.draw", "freeze_frame")(wave, wave.period_end),
        ready=lambda wave: _is_draft(wave, frozen=False),
        done=lambda wave: bool(frames_of(wave)),
        asks=True,
    ),
    "draw": Step(
        Action.wave_draw,
        _l("Rút mẫu"),
        _l("Đã rút mẫu."),
        take=lambda wave, answers: _service("fieldwork.draw", "draw_sample")(wave, answers.get("seed", "")),
        ready=lambda wave: _is_draft(wave, frozen=True),
        done=lambda wave: wave.kind is WaveKind.one_off and wave.state is not WaveState.draft,
        asks=True,
    ),
    "launch": Step(
        Action.wave_launch,
        _l("Triển khai"),
        _l("Đã triển khai. Tin nhắn được gửi dần trong giờ cho phép."),
        take=_only_wave("fieldwork.waves", "launch_wave"),
        ready=lambda wave: wave.state is (WaveState.drawn if wave.kind is WaveKind.one_off else WaveState.draft),
        done=lambda wave: wave.launched_at is not None,
        asks=True,
    ),
    "pause": Step(
        Action.wave_pause,
        _l("Tạm dừng gửi tin"),
        _l("Đã tạm dừng gửi tin. Người dân vẫn trả lời được."),
        take=_only_wave("fieldwork.waves", "pause_wave"),
        ready=lambda wave: wave.state is WaveState.launched,
        done=lambda wave: wave.state is WaveState.paused,
    ),
    "resume": Step(
        Action.wave_pause,
        _l("Gửi tiếp"),
        _l("Đã gửi tiếp."),
        take=_only_wave("fieldwork.waves", "resume_wave"),
        ready=lambda wave: wave.state is WaveState.paused,
        done=lambda wave: wave.state is WaveState.launched,
    ),
    "close": Step(
        Action.wave_close,
        _l("Đóng đợt"),
        _l("Đã đóng đợt và ghi tệp phân tích."),
        take=_only_wave("fieldwork.waves", "close_wave"),
        ready=lambda wave: wave.state in _OPEN,
        done=lambda wave: wave.state in _AFTER_CLOSE,
        asks=True,
    ),
    "estimate": Step(
        Action.wave_estimate,
        _l("Ước lượng"),
        _l("Đã ước lượng xong."),
        take=_only_wave("publishing.estimate", "estimate_wave"),
        ready=lambda wave: wave.state in _AFTER_CLOSE and not results.is_estimated(wave),
        done=results.is_estimated,
    ),
    "build": Step(
        Action.release_build,
        _l("Lập bản công bố"),
        _l("Đã lập bản công bố. Xin xem lại trước khi công bố."),
        take=_only_wave("publishing.publish", "build_release"),
        ready=lambda wave: results.is_estimated(wave) and not results.is_built(wave),
        done=results.is_built,
    ),
    "publish": Step(
        Action.release_publish,
        _l("Công bố"),
        _l("Đã công bố."),
        take=_publish,
        ready=lambda wave: results.is_built(wave) and not results.is_published(wave),
        done=results.is_published,
        asks=True,
    ),
}
_NAMES = ",".join(STEPS)


def offered(wave: Wave) -> list[str]:
    """Steps that this officer may take on this wave now."""
    return [
        name for name, step in STEPS.items() if permissions.can(current_user, step.action) and step.ready(wave)
    ]


@blueprint.get(f"/waves/<code>/<any({_NAMES}):name>")
@allowed(Action.office_view)
def ask(code: str, name: str) -> Any:
    """What the step does, with the figures that one should know before saying yes."""
    wave, plan = progress.wave(code), None
    permissions.require(current_user, STEPS[name].action)
    if name == "launch" and STEPS[name].ready(wave):
        with told():
            plan = sending_plan(wave, clock.now())
    return render_template(
        f"office/step_{name}.html" if STEPS[name].asks else "office/step.html",
        wave=wave,
        name=name,
        step=STEPS[name],
        ready=STEPS[name].ready(wave),
        frames=frames_of(wave),
        plan=plan,
        release=results.newest_release(wave),
    )


@blueprint.post(f"/waves/<code>/<any({_NAMES}):name>")
@allowed(Action.office_view)
def take(code: str, name: str) -> Response:
    step, wave = STEPS[name], progress.wave(code)
    permissions.require(current_user, step.action)
    if step.done(wave) and not step.ready(wave):
        flash(_("Bước này đã làm xong từ trước."))
    elif step.asks and request.form.get("confirm") != "yes":
        flash(_("Xin đánh dấu vào ô xác nhận rồi bấm lại."), "error")
        return redirect(url_for(".ask", code=code, name=name), 303)
    else:
        with told():
            step.take(wave, request.form)
            flash(step.said, "success")
    return redirect(url_for(".wave", code=code), 303)
