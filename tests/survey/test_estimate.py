"""The application's estimates are those of `analysis.run.estimate` on the analysis file, stored and printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from analysis.__main__ import main
from analysis.commands import Tables
from sampling.files import read_table, whole, write_table
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import DomainLevel, Estimate, SampleUnit, Wave, WaveState
from survey.services.publishing import analysis_file, estimate
from tests.factories import NOW, make_wave
from tests.survey.closed_wave import make_closed_wave

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def wave(app: object) -> Wave:
    return make_closed_wave()


def test_an_open_wave_cannot_be_estimated() -> None:
    with pytest.raises(ConflictError, match="chưa đóng"):
        estimate.estimate_wave(make_wave(state=WaveState.launched), actor="cli", now=NOW)


def test_every_domain_and_formula_is_stored_with_its_flags(wave: Wave) -> None:
    run = estimate.estimate_wave(wave, actor="cli", now=NOW)
    rows = db.session.scalars(select(Estimate).where(Estimate.run_id == run.id)).all()
    names = {"index", "t2b_pooled@1", "mean_of_agencies@1", "general_item@1"}
    names |= {"F1", "F2", "F3", "F4", "q1", "q2", "q3", "q4", "q5", "q6"}
    assert {row.name for row in rows} == names
    domains = {(row.domain_level, row.domain_key) for row in rows}
    assert len(domains) == 1 + 2 + 5
    assert wave.state is WaveState.estimated


def test_the_unweighted_mean_of_agencies_is_their_plain_mean(wave: Wave) -> None:
    run = estimate.estimate_wave(wave, actor="cli", now=NOW)
    rows = {
        (row.domain_level, row.domain_key, row.name): row.estimate
        for row in db.session.scalars(select(Estimate).where(Estimate.run_id == run.id))
    }
    agencies = [
        value for (level, _, name), value in rows.items() if level is DomainLevel.agency and name == "index"
    ]
    shown = rows[DomainLevel.province, "", "mean_of_agencies@1"]
    assert shown == pytest.approx(sum(value for value in agencies if value is not None) / 5, rel=1e-12)


def test_estimating_again_gives_the_same_figures(wave: Wave) -> None:
    first = estimate.estimate_wave(wave, actor="cli", now=NOW)
    again = estimate.estimate_wave(wave, actor="cli", now=NOW)
    assert first.id != again.id
    assert first.extra == again.extra


def test_the_exported_files_give_the_stored_figures(wave: Wave, runner: FlaskCliRunner, tmp_path: Path) -> None:
    run = estimate.estimate_wave(wave, actor="cli", now=NOW)
    done = runner.invoke(args=["wave", "export", wave.code, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    arguments = [
        "estimate",
        "--data",
        str(tmp_path / "analysis.parquet"),
        "--design",
        str(tmp_path / "design.json"),
    ]
    assert main([*arguments, "--out", str(tmp_path / "result.json")], Tables(read_table, write_table, whole)) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    stored = {
        (row.domain_key, row.name): (row.estimate, row.se, row.ci_low, row.ci_high, row.n)
        for row in db.session.scalars(select(Estimate).where(Estimate.run_id == run.id))
    }
    again = {
        ("".join(row["domain"].values()), row["name"]): tuple(
            row[name] for name in ("estimate", "se", "ci_low", "ci_high", "n")
        )
        for row in result["results"]
    }
    assert again == stored


def test_the_command_prints_the_table_of_agencies(wave: Wave, runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["wave", "estimate", wave.code], env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    assert "UBND Phường Vỹ Dạ" in done.output
    assert "95% interval" in done.output


def test_an_unknown_wave_is_one_line_and_exit_status_2(runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["wave", "estimate", "2031-q1"])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_clustered_wave_is_estimated_by_its_first_stage_units(wave: Wave) -> None:
    alone = estimate.estimate_wave(wave, actor="cli", now=NOW)
    for number, unit in enumerate(db.session.scalars(select(SampleUnit).order_by(SampleUnit.id))):
        unit.psu = f"khu vực {number % 4}"  # the same four names in each stratum: twenty units, not four
    wave.analysis_sha256 = None
    db.session.commit()
    analysis_file.write(wave, NOW)
    run = estimate.estimate_wave(wave, actor="cli", now=NOW)
    assert (run.design["psu"], run.design["fpc"]) == (["psu"], [])
    assert run.extra["meta"]["n_psu"] == 5 * 4
    assert alone.extra["meta"]["n_psu"] == 148
