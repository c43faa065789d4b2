"""Tablets at an agency's counter: made, given a link, seen, revoked."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.models import Agency, KioskDevice
from survey.queries import kiosks, progress
from survey.services.answers import kiosk
from survey.services.office.permissions import Action


@blueprint.get("/agencies/<code>/kiosks/")
@allowed(Action.office_view)
def kiosk_list(code: str) -> str:
    return _page(kiosks.agency_at(code, clock.now()))


@blueprint.post("/agencies/<code>/kiosks/")
@allowed(Action.kiosk_manage)
def kiosk_add(code: str) -> Response:
    now = clock.now()
    agency = kiosks.agency_at(code, now)
    with told():
        wave = progress.wave(request.form.get("wave", ""))
        kiosk.add_device(agency, wave, request.form.get("label", ""), actor=current_user.email, now=now)
        flash(_("Đã thêm máy. Bấm “Tạo đường dẫn” rồi mở đường dẫn trên máy đó."), "success")
    return redirect(url_for(".kiosk_list", code=code), 303)


@blueprint.post("/kiosks/<int:number>/link")
@allowed(Action.kiosk_manage)
def kiosk_link(number: int) -> str:
    """The link is shown in the answer to this post only."""
    device, now = kiosks.device(number), clock.now()
    secret = kiosk.new_link(device, actor=current_user.email, now=now)
    path = url_for("kiosk.join_page", link=secret)
    address = current_app.config["THUOCDO_BASE_URL"].rstrip("/") + path.removeprefix(request.script_root)
    return _page(device.agency, device, address)


@blueprint.post("/kiosks/<int:number>/revoke")
@allowed(Action.kiosk_manage)
def kiosk_revoke(number: int) -> Response:
    device = kiosks.device(number)
    with told():
        kiosk.revoke(device, actor=current_user.email, now=clock.now())
        flash(_("Đã thu hồi máy %(label)s.", label=device.label), "success")
    return redirect(url_for(".kiosk_list", code=device.agency.code), 303)


def _page(agency: Agency, linked: KioskDevice | None = None, address: str = "") -> str:
    now = clock.now()
    return render_template(
        "office/kiosks.html",
        agency=agency,
        kiosks=kiosks.kiosks(agency),
        waves=kiosks.open_waves(now),
        linked=linked,
        address=address,
        code=_drawn(address) if address else "",
    )


def _drawn(address: str) -> Markup:
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", xmldecl=False, omitsize=True, border=2)
    return Markup(drawing.getvalue().decode())  # noqa: S704 -- drawn by segno from our own address
