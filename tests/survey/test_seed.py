"""The fictional province. Authority: one seed gives one province; the importer finds nothing to reject in it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forms.instrument import load
from forms.phone import normalise
from survey.extensions import db
from survey.models import Agency, AgencyLevel, Dossier, PhoneKind
from survey.queries.frames import frame_view
from survey.seed import Citizens, load_province, make_province, one_off_plan, rolling_plan, write_dossiers
from survey.services.fieldwork.draw import draw_sample
from survey.services.fieldwork.waves import create_wave

PERIOD = (date(2026, 7, 1), date(2026, 9, 30))


def test_a_seed_gives_the_same_province_and_another_seed_another(tmp_path: Path) -> None:
    first, again, other = (
        write_dossiers(
            make_province("small", seed=seed, period=PERIOD), tmp_path / f"synthetic-{n}.csv"
        ).read_bytes()
        for n, seed in enumerate(("một", "một", "hai"))
    )
    assert first == again != other


def test_everything_that_an_import_may_meet_is_there() -> None:
    dossiers = make_province("demo", seed="hue", period=PERIOD).dossiers
    kinds = {normalise(phone).kind for phone in dossiers["phone"].unique()}
    assert {"mobile", "landline", "invalid", "missing", "multiple"} <= kinds
    assert any(normalise(phone).converted for phone in dossiers["phone"].unique())
    assert dossiers["person"].value_counts().iloc[0] >= 20
    assert set(dossiers["status"]) == {4, 7, 9, 10}
    assert dossiers["is_test"].any()
    assert 0.05 < dossiers["is_late"].mean() < 0.1


def test_the_larger_province_has_the_forty_communes_and_twelve_departments() -> None:
    province = make_province("demo", seed="hue", period=PERIOD)
    tiers = [unit.tier for unit in province.units]
    assert (tiers.count("commune"), tiers.count("department"), len(province.dossiers)) == (40, 12, 30_000)


def test_all_of_it_comes_through_the_importer(app: Flask, tmp_path: Path, now: datetime) -> None:
    report = load_province(make_province("small", seed="hue", period=PERIOD), tmp_path, now=now)
    assert (report.counts()["new"], report.rejected, report.flagged) == (600, [], [])
    named = db.session.scalars(select(Agency.name_vi).join(Dossier).distinct().order_by(Agency.name_vi)).all()
    assert named == ["Phường Vỹ Dạ", "Sở Xây dựng", "Xã A Lưới 1"]
    assert db.session.scalar(select(func.count()).where(Dossier.phone_kind == PhoneKind.mobile)) > 500


def test_a_wave_on_it_is_marked_synthetic_even_when_the_plan_forgets(
    app: Flask, tmp_path: Path, now: datetime
) -> None:
    load_province(make_province("small", seed="hue", period=PERIOD), tmp_path, now=now)
    plan = one_off_plan("2026-q3", PERIOD, n=150) | {"synthetic": False}
    wave = create_wave(plan, actor="demo", now=now)
    snapshot = draw_sample(wave, "hạt", actor="demo", now=now)
    assert wave.synthetic
    assert snapshot.summary["n"] == 150
    tiers = set(frame_view(wave).frame["tier"])
    assert tiers == {AgencyLevel.commune.value, AgencyLevel.department.value}


def test_both_plans_are_accepted(app: Flask, now: datetime) -> None:
    create_wave(one_off_plan("mot-lan", PERIOD, n=100), actor="demo", now=now)
    create_wave(rolling_plan("cuon-chieu", PERIOD, fraction=0.1), actor="demo", now=now)


def test_a_file_of_invented_dossiers_says_so_in_its_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="synthetic"):
        write_dossiers(make_province("small", seed="hue", period=PERIOD), tmp_path / "export.csv")


@pytest.mark.parametrize("code", ["motcua_ngan", "sipas"])
def test_the_truth_is_the_index_of_everybodys_answers(code: str) -> None:
    citizens, instrument = Citizens(make_province("small", seed="hue", period=PERIOD)), load(code)
    answers, truth = citizens.answers(instrument), citizens.truth(instrument).set_index("unit")
    own = answers[(citizens.province.dossiers["unit"] == 0).to_numpy()]
    shares = []
    for factor in instrument.factors:
        given = [v for item in factor.items for v in own[item] if isinstance(v, int)]
        shares.append(sum(v >= 4 for v in given) / len(given))
    assert truth.loc["Sở Xây dựng", "index"] == pytest.approx(sum(shares) / len(shares), abs=1e-12)
    assert truth["dossiers"].sum() == 600


def test_people_served_late_are_less_content() -> None:
    citizens, instrument = Citizens(make_province("demo", seed="hue", period=PERIOD)), load("motcua_ngan")
    late = citizens.province.dossiers.loc[citizens.province.dossiers["is_late"], "code"]
    on_time = citizens.province.dossiers.loc[~citizens.province.dossiers["is_late"], "code"]
    worse, better = (citizens.truth(instrument, codes)["index"].mean() for codes in (late, on_time))
    assert worse < better - 0.1


def test_about_half_of_the_invited_answer() -> None:
    deeds = (
        Citizens(make_province("demo", seed="hue", period=PERIOD)).behaviour()["deed"].value_counts(normalize=True)
    )
    assert 0.4 < deeds["answer"] < 0.6
    assert set(deeds.index) == {"answer", "break_off", "refuse", "nothing"}
