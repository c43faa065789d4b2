"""A release: equal bytes, recomputable by `analysis verify`, suppressed where fewer than ten people answered."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from analysis.release import members_of
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import Release, ReleaseState, Wave, WaveState
from survey.services.publishing import analysis_file, estimate, publish
from tests.factories import NOW
from tests.survey.closed_wave import AGENCIES, make_closed_wave

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def wave(app: object) -> Wave:
    made = make_closed_wave()
    estimate.estimate_wave(made, actor="cli", now=NOW)
    return made


@pytest.fixture
def release(wave: Wave) -> Release:
    return publish.build_release(wave, actor="cli", now=NOW)


def folder_of(release: Release) -> Path:
    return analysis_file.instance_path(release.folder)


def member(release: Release, name: str) -> bytes:
    return members_of(folder_of(release) / "release.zip")[name]


def test_a_wave_without_estimates_has_no_release(app: object) -> None:
    with pytest.raises(ConflictError, match="chưa tính kết quả"):
        publish.build_release(make_closed_wave(), actor="cli", now=NOW)


def test_the_hash_of_the_design_is_that_of_the_file_in_the_release(release: Release) -> None:
    told = json.loads((folder_of(release) / "result.json").read_text())["method"]["design_sha256"]
    assert hashlib.sha256(member(release, "design.json")).hexdigest() == told


def test_building_again_gives_the_same_bytes_and_the_same_edition(wave: Wave, release: Release) -> None:
    first = dict(release.files)
    shutil.rmtree(folder_of(release))
    again = publish.build_release(wave, actor="cli", now=NOW.replace(hour=9))
    assert again.edition == 1
    assert again.files == first
    assert set(first) == {"release.zip", "result.csv", "result.json", "result.pdf", "result.xlsx"}


def test_every_published_figure_is_recomputed(release: Release) -> None:
    assert publish.verify(folder_of(release)) == []


def test_a_changed_figure_is_found(release: Release, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    members = members_of(folder_of(release) / "release.zip")
    results = json.loads(members["results.json"])
    results["results"][0]["estimate"] += 0.001
    manifest = json.loads(members["MANIFEST.json"])
    members["results.json"] = json.dumps(results).encode()
    manifest["files"]["results.json"] = hashlib.sha256(members["results.json"]).hexdigest()
    members["MANIFEST.json"] = json.dumps(manifest).encode()
    unpacked.mkdir()
    for name, content in members.items():
        (unpacked / name).write_bytes(content)
    (found,) = publish.verify(unpacked)
    assert "index" in found
    assert "estimate" in found


def test_a_file_altered_after_packing_is_a_line(release: Release, tmp_path: Path) -> None:
    with zipfile.ZipFile(folder_of(release) / "release.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked" / "result.csv").write_text("x")
    assert publish.verify(tmp_path / "unpacked") == ["result.csv: does not match its SHA-256 in the manifest"]


def test_a_report_that_was_replaced_is_found(release: Release) -> None:
    (folder_of(release) / "result.pdf").write_bytes(b"%PDF-1.4 another")
    assert publish.verify(folder_of(release)) == ["result.pdf: is not the file that the release holds"]


def test_files_changed_after_the_build_cannot_be_published(release: Release) -> None:
    (folder_of(release) / "result.csv").write_text("x")
    with pytest.raises(ConflictError, match=r"result\.csv"):
        publish.publish_release(release, actor="cli", now=NOW)


def test_publishing_shows_the_release_and_moves_the_wave_on(release: Release) -> None:
    publish.publish_release(release, actor="cli", now=NOW)
    assert release.state is ReleaseState.published
    assert release.wave.state is WaveState.published


def test_a_published_edition_is_never_touched_again(wave: Wave, release: Release) -> None:
    publish.publish_release(release, actor="cli", now=NOW)
    corrected = publish.build_release(wave, actor="cli", now=NOW)
    assert (corrected.edition, corrected.folder) == (2, "releases/2026/q3-2")
    assert list(publish.changed_files(release)) == []


def hidden(release: Release) -> set[str]:
    return {a["name"] for a in release.content["agencies"] if "suppressed" in a["index"]["flags"]}


def test_a_thin_agency_is_hidden_together_with_the_next_smallest_of_its_tier(release: Release) -> None:
    assert hidden(release) == {"UBND Xã A Lưới 1", "UBND Xã Phú Hồ"}


def test_no_file_of_the_release_tells_a_hidden_figure(wave: Wave, release: Release) -> None:
    results = json.loads(member(release, "results.json"))
    thin = [row for row in results["results"] if row["domain"].get("agency") in {"H57.22", "H57.23"}]
    assert thin
    assert all(row["estimate"] is None and row["n"] is None and row["ci_low"] is None for row in thin)
    assert all(row["domain"]["agency"] not in {"H57.22", "H57.23"} for row in results["rank"])
    assert all("rank" not in row and "lowest_decile" not in row for row in results["rank"])  # a gap would tell
    assert results["covariance"] == []
    assert member(release, "data.csv").count(b"\n") == 1
    for row in csv.DictReader(io.StringIO(member(release, "result.csv").decode("utf-8-sig"))):
        if row["key"] in {"H57.22", "H57.23"}:
            assert (row["estimate"], row["se"], row["n"]) == ("", "", "")


def test_a_hidden_agency_cannot_be_had_from_the_plain_mean_of_agencies(release: Release) -> None:
    means = {
        d["key"]: d["formulas"]["mean_of_agencies@1"]
        for d in (release.content["province"], *release.content["tiers"])
    }
    assert {key for key, figure in means.items() if "suppressed" in figure["flags"]} == {"", "commune"}


def with_enough_answers(monkeypatch: pytest.MonkeyPatch) -> Wave:
    enough = tuple((*row[:4], 30 if row[0] == "H57.23" else row[4], 0.9 if row[0] == "H57.23" else row[5], row[6])
                   for row in AGENCIES)  # fmt: skip
    monkeypatch.setattr("tests.survey.closed_wave.AGENCIES", enough)
    made = make_closed_wave()
    estimate.estimate_wave(made, actor="cli", now=NOW)
    return made


def test_without_hidden_agencies_the_zip_verifies_by_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    release = publish.build_release(with_enough_answers(monkeypatch), actor="cli", now=NOW)
    manifest: dict[str, Any] = json.loads(member(release, "MANIFEST.json"))
    alone = shutil.copy(folder_of(release) / "release.zip", tmp_path / "release.zip")
    db.session.delete(release)
    assert manifest["restricted"] is None
    assert publish.verify(Path(alone)) == []


def test_open_rows_carry_design_and_answers_and_nothing_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    release = publish.build_release(with_enough_answers(monkeypatch), actor="cli", now=NOW)
    header = member(release, "data.csv").decode().splitlines()[0].split(",")
    assert header == [
        *("unit", "stratum", "agency", "tier", "base_weight", "resolved", "N_h", "q1", "q2", "q3", "q4", "q5"),
        *("q6", "weighting_class"),
    ]


def test_real_people_in_small_cells_keep_their_rows_back(monkeypatch: pytest.MonkeyPatch) -> None:
    wave = with_enough_answers(monkeypatch)
    wave.synthetic = False
    db.session.commit()
    release = publish.build_release(wave, actor="cli", now=NOW)
    assert release.content["rows_public"] is (json.loads(member(release, "MANIFEST.json"))["restricted"] is None)
    assert "GIẢ LẬP" not in member(release, "result.csv").decode()


def test_citizens_find_the_hash_of_their_receipt(release: Release) -> None:
    lines = member(release, "receipts.txt").decode().split()
    assert len(lines) == release.content["province"]["respondents"]
    assert lines == sorted(lines)


def test_build_publish_and_verify_from_the_command_line(wave: Wave, runner: FlaskCliRunner) -> None:
    built = runner.invoke(args=["release", "build", wave.code])
    assert built.exit_code == 0, built.output
    assert "result.pdf" in built.output
    folder = built.output.split()[2].rpartition("/")[0]
    assert runner.invoke(args=["release", "publish", "2026/q3"]).output == "published /releases/2026/q3/\n"
    assert runner.invoke(args=["release", "verify", folder]).exit_code == 0
    with zipfile.ZipFile(Path(folder) / "release.zip", "a") as archive:
        archive.writestr("stranger.txt", "x")
    refused = runner.invoke(args=["release", "verify", folder])
    assert refused.exit_code == 2
    assert "stranger.txt" in refused.stderr
