"""The public pages: only what is published, the same figures as the files, safe against what officers type."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import select

from survey.extensions import db
from survey.models import Agency, Release, Wave
from survey.services.publishing import estimate, publish
from tests.factories import NOW
from tests.survey.closed_wave import make_closed_wave


@pytest.fixture
def wave(app: Flask) -> Wave:
    made = make_closed_wave()
    estimate.estimate_wave(made, actor="cli", now=NOW)
    return made


@pytest.fixture
def release(wave: Wave) -> Release:
    built = publish.build_release(wave, actor="cli", now=NOW)
    return publish.publish_release(built, actor="cli", now=NOW)


def test_nothing_published_is_said_so(client: FlaskClient) -> None:
    assert "Chưa có kỳ nào được công bố" in client.get("/").text


def test_a_built_release_is_not_shown_before_it_is_published(wave: Wave, client: FlaskClient) -> None:
    publish.build_release(wave, actor="cli", now=NOW)
    assert client.get("/releases/2026/q3/").status_code == 404
    assert client.get("/releases/2026/q3.json").status_code == 404
    assert "2026/q3" not in client.get("/").text


def test_the_first_page_leads_to_the_release(release: Release, client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<a href="/releases/2026/q3/">' in page
    assert "SỐ LIỆU GIẢ LẬP" in page


def test_page_and_files_show_the_same_index(release: Release, client: FlaskClient) -> None:
    page = client.get("/releases/2026/q3/").text
    published = client.get("/releases/2026/q3.json").get_json()
    shown = f"{100 * published['province']['index']['estimate']:.1f}%".replace(".", ",")
    assert f'<p class="big">{shown}</p>' in page
    rows = csv.DictReader(io.StringIO(client.get("/releases/2026/q3/result.csv").data.decode("utf-8-sig")))
    (row,) = (row for row in rows if (row["level"], row["kind"]) == ("province", "index"))
    assert float(row["estimate"]) == published["province"]["index"]["estimate"]


@pytest.mark.parametrize("address", ["q3{}", "q3/result{}", "q3/{}"], ids=["beside", "inside", "bare"])
@pytest.mark.parametrize("ending", [".json", ".csv", ".xlsx", ".pdf"])
def test_files_are_found_in_each_way_of_writing_the_address(
    address: str, ending: str, release: Release, client: FlaskClient
) -> None:
    found = client.get("/releases/2026/" + address.format(ending))
    assert found.status_code == 200
    assert len(found.data) > 1000


def test_the_archive_is_served_with_its_hash_as_tag(release: Release, client: FlaskClient) -> None:
    found = client.get("/releases/2026/q3/release.zip")
    assert found.headers["ETag"] == f'"{release.files["release.zip"]}"'
    again = client.get("/releases/2026/q3/release.zip", headers={"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["q9/", "q3.exe", "q3/result.sqlite3", "q3/H57.99/", "q3/secrets.env"])
def test_what_is_not_there_is_not_found(path: str, release: Release, client: FlaskClient) -> None:
    assert client.get(f"/releases/2026/{path}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("path", ["/releases/99999999999999999999/q3/", "/releases/2026/q%003/", "/q/a%00b"])
def test_an_address_that_no_database_holds_is_no_fault_of_ours(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code in {400, 404}


def test_pages_may_be_kept_and_asked_for_again(release: Release, client: FlaskClient) -> None:
    first = client.get("/releases/2026/q3/")
    assert "max-age=300" in first.headers["Cache-Control"]
    tag = first.headers["ETag"]
    assert client.get("/releases/2026/q3/", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/releases/2026/q3/?lang=en").headers["ETag"] != tag


def test_a_hidden_agency_shows_no_figure_anywhere(release: Release, client: FlaskClient) -> None:
    page = client.get("/releases/2026/q3/H57.23/").text
    assert "Không công bố chỉ số của cơ quan này" in page
    assert not re.search(r'<p class="big">', page)
    published = json.dumps(client.get("/releases/2026/q3.json").get_json()["agencies"][-1])
    assert '"estimate": 0' not in published


def test_an_agency_page_has_its_factors_and_its_account(release: Release, client: FlaskClient) -> None:
    page = client.get("/releases/2026/q3/H57.01/").text
    for words in ("Sở Xây dựng", "Hướng dẫn, thủ tục", "Tổng số hồ sơ", "trong khoảng"):
        assert words in page


def test_ranks_are_intervals_only(release: Release, client: FlaskClient) -> None:
    ranks = [agency["rank"] for agency in client.get("/releases/2026/q3.json").get_json()["agencies"]]
    assert all(rank is None or rank[0] <= rank[1] for rank in ranks)
    assert "rank_low" in client.get("/releases/2026/q3.csv").text


def test_a_corrected_edition_takes_the_place_of_the_first(
    wave: Wave, release: Release, client: FlaskClient
) -> None:
    corrected = publish.build_release(wave, actor="cli", now=NOW)
    assert "Lần công bố thứ" not in client.get("/releases/2026/q3/").text
    publish.publish_release(corrected, actor="cli", now=NOW)
    assert "Lần công bố thứ 2" in client.get("/releases/2026/q3/").text
    assert client.get("/").text.count("/releases/2026/q3/") == 1


def test_a_withdrawn_edition_is_gone_and_brings_no_older_one_back(
    wave: Wave, release: Release, client: FlaskClient, runner: FlaskCliRunner
) -> None:
    publish.publish_release(publish.build_release(wave, actor="cli", now=NOW), actor="cli", now=NOW)
    done = runner.invoke(args=["release", "withdraw", "2026/q3", "--reason", "sai khung mẫu"])
    assert done.output == "withdrawn 2026/q3@2\n"
    assert "đã được rút lại" in client.get("/releases/2026/q3/").text
    assert client.get("/releases/2026/q3.pdf").status_code == 404
    assert "2026/q3" not in client.get("/").text


def test_names_are_escaped_on_pages_and_harmless_in_spreadsheets(app: Flask, client: FlaskClient) -> None:
    wave = make_closed_wave()
    agency = db.session.scalars(select(Agency).where(Agency.code == "H57.01")).one()
    agency.name_vi = '=HYPERLINK("http://x")<script>alert(1)</script>'
    db.session.commit()
    estimate.estimate_wave(wave, actor="cli", now=NOW)
    publish.publish_release(publish.build_release(wave, actor="cli", now=NOW), actor="cli", now=NOW)
    for path in ("/releases/2026/q3/", "/releases/2026/q3/H57.01/"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    names = [
        row["name"]
        for row in csv.DictReader(io.StringIO(client.get("/releases/2026/q3.csv").text.lstrip("\ufeff")))
    ]
    assert not any(name.startswith("=") for name in names)
    assert any(name.startswith("'=HYPERLINK") for name in names)
