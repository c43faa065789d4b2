"""The analysis file: one row a sampled unit, nothing of the person, written once, read by other programs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from sqlalchemy import select

from survey.errors import ConflictError
from survey.extensions import db
from survey.models import Dossier, Response, SampleUnit, Wave, WaveState
from survey.queries.analysis import agency_labels, weighting_classes
from survey.services.publishing import analysis_file, analysis_file_export
from tests.factories import NOW, make_wave
from tests.survey.closed_wave import make_closed_wave

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def wave(app: object) -> Wave:
    return make_closed_wave()


def test_there_is_one_row_for_every_sampled_unit(wave: Wave) -> None:
    frame = analysis_file.read(wave)
    assert len(frame) == 40 + 30 + 40 + 30 + 8
    assert frame["unit"].tolist() == list(range(1, 149))
    assert frame.groupby("stratum")["base_weight"].sum().round(9).to_dict() == {
        "H57.01": 240.0,
        "H57.02": 90.0,
        "H57.21": 160.0,
        "H57.22": 120.0,
        "H57.23": 30.0,
    }


def test_nothing_in_it_leads_back_to_a_dossier_or_a_person(wave: Wave) -> None:
    raw = analysis_file.path_of(wave).read_bytes()
    frame = analysis_file.read(wave)
    assert not {"dossier_code", "person_id", "u", "phone", "contact_id", "id"} & set(frame.columns)
    codes = db.session.scalars(select(Dossier.code)).all()
    assert codes
    assert not any(code.encode() in raw for code in codes)


def test_no_opinion_is_missing_and_answers_are_whole_numbers(wave: Wave) -> None:
    frame = analysis_file.read(wave)
    without_opinion = sum(answers.get("q3") == "na" for answers in db.session.scalars(select(Response.answers)))
    assert without_opinion > 0
    assert frame.loc[frame["responded"] == 1, "q3"].isna().sum() == without_opinion
    assert set(frame["q1"].dropna()) <= {1, 2, 3, 4, 5}


def test_what_a_broken_off_response_holds_does_not_count(wave: Wave) -> None:
    unit = db.session.scalars(select(SampleUnit).where(SampleUnit.disposition == "1.1").limit(1)).one()
    unit.disposition, wave.analysis_sha256 = "2.12", None
    db.session.commit()
    analysis_file.write(wave, NOW)
    frame = analysis_file.read(wave)
    row = frame[frame["disposition"] == "2.12"].iloc[0]
    assert (row["responded"], row["resolved"]) == (0, 0)
    assert pd.isna(row["q1"])
    assert pd.isna(row["mode"])


def test_writing_again_is_harmless_and_other_content_is_refused(wave: Wave) -> None:
    before = wave.analysis_sha256
    analysis_file.write(wave, NOW + timedelta(hours=1))
    assert wave.analysis_sha256 == before
    db.session.scalars(select(SampleUnit).limit(1)).one().base_weight *= 2
    db.session.flush()
    with pytest.raises(ConflictError, match="không được thay đổi"):
        analysis_file.write(wave, NOW)
    db.session.rollback()
    assert analysis_file.sha256_of(analysis_file.path_of(wave)) == before


def test_a_damaged_file_is_not_read(wave: Wave) -> None:
    path = analysis_file.path_of(wave)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ConflictError, match="mã băm"):
        analysis_file.read(wave)


def test_a_wave_that_was_not_drawn_has_no_file(app: object) -> None:
    wave = make_wave(state=WaveState.launched)
    with pytest.raises(ConflictError, match="chưa rút mẫu"):
        analysis_file.write(wave, NOW)


def test_a_small_channel_joins_the_largest_and_a_small_agency_its_tier() -> None:
    rows = [("A", "in_person", 1)] * 12 + [("A", "postal", 1)] * 3 + [("A", "online", 1)] * 10
    rows += [("B", "in_person", 1)] * 2 + [("C", "in_person", 0)] * 4
    frame = pd.DataFrame(rows, columns=["agency", "channel", "resolved"]).assign(tier="commune")
    frame["class"] = weighting_classes(frame, 10)
    found = frame.groupby(["agency", "channel"])["class"].first().to_dict()
    assert found == {
        ("A", "in_person"): "A|in_person",
        ("A", "online"): "A|online",
        ("A", "postal"): "A|in_person",
        ("B", "in_person"): "*|commune",
        ("C", "in_person"): "*|commune",
    }


def test_agencies_of_which_nobody_answered_join_the_largest_class() -> None:
    rows = [("A", "in_person", 1)] * 12 + [("B", "in_person", 0)] * 4
    frame = pd.DataFrame(rows, columns=["agency", "channel", "resolved"]).assign(tier=["x"] * 12 + ["y"] * 4)
    assert set(weighting_classes(frame, 10)) == {"A|in_person"}


def test_a_code_that_two_agencies_bore_is_told_apart_by_date() -> None:
    code = pd.Series(["19753", "19753", "20014"])
    valid_from = pd.Series(["2018-01-01", "2025-07-01", "2025-07-01"])
    assert agency_labels(code, valid_from).tolist() == ["19753@2018-01-01", "19753@2025-07-01", "20014"]


def test_spss_and_stata_files_carry_vietnamese_labels(wave: Wave, tmp_path: Path) -> None:
    names = [path.name for path in analysis_file_export.export(wave, tmp_path)]
    assert names == ["analysis.parquet", "design.json", "codebook.csv", "analysis.sav", "analysis.dta"]
    frame, meta = pyreadstat.read_sav(str(tmp_path / "analysis.sav"))
    assert len(frame) == 148
    assert meta.column_names_to_labels["agency"] == "Mã cơ quan"
    assert meta.variable_value_labels["q1"][4.0] == "Hài lòng"
    stata, _ = pyreadstat.read_dta(str(tmp_path / "analysis.dta"))
    assert stata["q1"].sum() == frame["q1"].sum()
    assert "Rất hài lòng" in (tmp_path / "codebook.csv").read_text(encoding="utf-8-sig")
