"""What a form on the open internet meets. Authority: failures that other survey systems published (tokens spent by
preview robots, sessions that lose answers), and RFC 9110 on safe methods."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import DispositionEvent, Invitation, Response, SampleUnit, Wave
from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import make_invitation
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def expire(invitation: Invitation) -> None:
    invitation.expires_at = invitation.created_at + timedelta(minutes=1)


def withdraw(invitation: Invitation) -> None:
    db.session.get_one(SampleUnit, invitation.sample_unit_id).contact_id = None


def close(invitation: Invitation) -> None:
    db.session.get_one(Wave, invitation.wave_id).state = "closed"


def pass_the_deadline(invitation: Invitation) -> None:
    db.session.get_one(Wave, invitation.wave_id).closes_at = invitation.created_at


@pytest.mark.parametrize("end", [expire, withdraw, close, pass_the_deadline], ids=lambda end: end.__name__)
def test_a_link_that_ended_looks_like_a_wrong_one(app: Flask, citizen: Citizen, end) -> None:  # type: ignore[no-untyped-def]
    form = citizen.form("q1")
    end(db.session.get_one(Invitation, citizen.invitation_id))
    db.session.commit()
    wrong = Citizen(app, "aaaaaaaaaaa", 0)
    for page in ("", "q1", "check", "done"):
        ours, theirs = citizen.get(page), wrong.get(page)
        assert (ours.status_code, ours.text) == (404, theirs.text)
    assert citizen.post("q1", form, q1="5").status_code == 404
    assert citizen.response() is None


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 5000, "ậậậậậậậậậậậ", "%00", "../../etc", "'; DROP TABLE response;--"]
)
def test_a_wrong_link_is_a_page_with_help_and_no_error(app: Flask, token: str) -> None:
    page = Citizen(app, token, 0).get()
    assert page.status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("agent", ["facebookexternalhit/1.1", "ZaloBot", "WhatsApp/2.23", "Googlebot/2.1"])
def test_preview_robots_neither_start_nor_spend(citizen: Citizen, method: str, agent: str) -> None:
    for query in ({}, {"p": "q1", "c": CONSENT_VERSION}, {"p": "check"}, {"p": "done"}, {"p": "declined"}):
        page = citizen.client.open(citizen.link, method=method, query_string=query, headers={"User-Agent": agent})
        assert page.status_code == 200
    db.session.rollback()
    for model in (Response, DispositionEvent):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_pages_are_private_and_hold_neither_the_token_nor_a_foreign_address(citizen: Citizen) -> None:
    token = citizen.link[3:]
    for page in (citizen.get(), citizen.get("q1", c=CONSENT_VERSION)):
        assert token not in page.text
        assert "http" not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "script" not in page.text
        assert "Set-Cookie" not in page.headers


def test_questions_are_not_shown_before_the_notice(citizen: Citizen) -> None:
    assert "Tôi đồng ý và bắt đầu" in citizen.get("q1").text
    form = citizen.form("q1") | {"c": "2019-9"}
    assert citizen.post("q1", form, q1="5").location == citizen.link
    assert citizen.response() is None


def test_the_consent_version_is_stored_with_the_first_answer(citizen: Citizen) -> None:
    citizen.answer("q1", "5")
    response = citizen.response()
    assert response is not None
    assert (response.consent_version, response.consent_at) == (CONSENT_VERSION, citizen.now)


@pytest.mark.parametrize(
    "values", [["6"], ["0"], ["-1"], ["4.5"], ["five"], ["4", "5"], ["<script>"], ["\x00"], ["na", "5"], ["٥"]]
)
def test_values_that_the_question_does_not_offer_are_refused_in_words(citizen: Citizen, values: list[str]) -> None:
    page = citizen.answer("q1", *values)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "<script>" not in page.text


def test_items_of_other_pages_and_unknown_ones_are_ignored(citizen: Citizen) -> None:
    citizen.answer("q1", "5", q2="1", q99="1", admin="1")
    response = citizen.response()
    assert response is not None
    assert response.answers == {"q1": 5}


def test_script_in_a_comment_is_text(citizen: Citizen) -> None:
    citizen.fill()
    citizen.post("check", comment="<script>alert(1)</script>\"'&")
    page = citizen.get("check").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (unicodedata.normalize("NFD", "Cảm ơn được phục vụ"), "Cảm ơn được phục vụ"),
        ("Tốt 👍🏽", "Tốt 👍🏽"),
        ("a\u202egnp\u200b\u0000b", "agnpb"),
        ("مرحبا", "مرحبا"),
    ],
    ids=["decomposed", "emoji", "direction marks and controls", "right to left"],
)
def test_comments_are_kept_as_clean_text(citizen: Citizen, typed: str, stored: str) -> None:
    citizen.fill()
    assert citizen.post("check", comment=typed).location.endswith("?p=done")
    response = citizen.response()
    assert response is not None
    assert response.comment == stored


def test_a_comment_too_long_is_shown_again_whole(citizen: Citizen) -> None:
    citizen.fill()
    page = citizen.post("check", comment="ă" * 2001)
    assert (page.status_code, page.text.count("ă" * 2001)) == (422, 1)


def test_a_megabyte_is_refused_in_words(citizen: Citizen) -> None:
    page = citizen.post("check", {"f": "x"}, comment="a" * 1_000_000)
    assert page.status_code == 413
    assert "quá dài" in page.text


def test_a_body_that_is_cut_stores_nothing(citizen: Citizen) -> None:
    body = "&".join(f"{key}={value}" for key, value in (citizen.form("q1") | {"q1": "5"}).items())
    page = citizen.client.post(
        citizen.link,
        query_string={"p": "q1"},
        data=body[:-3].encode(),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(len(body))},
    )
    assert page.status_code == 400
    assert citizen.response() is None
