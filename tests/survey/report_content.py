"""A content made by hand: two tiers, four agencies, one of them hidden. Names are fictional."""

from __future__ import annotations

from survey.reports.content import (
    SUPPRESSED,
    Account,
    Domain,
    Figure,
    Frame,
    Label,
    Method,
    Questionnaire,
    ReportContent,
)

ACCOUNT = ("frame", "ineligible", "same_person", "not_sampled", "sampled", "found_ineligible", "not_contactable",
           "undelivered", "no_answer", "refused", "broken_off", "partial", "complete")  # fmt: skip


def make_figure(estimate: float, n: int = 60) -> Figure:
    return Figure(estimate, 0.02, n - 1, estimate - 0.05, min(1.0, estimate + 0.04), n, 5 * n, n, 1.1)


def make_domain(level: str, key: str, name: str, tier: str, figure: Figure) -> Domain:
    return Domain(
        level=level,
        key=key,
        name=name,
        name_en="",
        tier=tier,
        index=figure,
        formulas={"t2b_pooled@1": figure, "mean_of_agencies@1": figure},
        factors={"F1": figure, "F2": figure},
        items={"q1": figure, "q2": figure, "q3": figure},
        rank=(1, 3) if level == "agency" and figure.is_shown else None,
        sampled=100,
        respondents=60,
        response_rate=0.6,
    )


def make_content(name: str = "Sở Tư pháp") -> ReportContent:
    """`name` is that of the first agency."""
    shown = make_figure(0.861234)
    agencies = (
        make_domain("agency", "A1", name, "department", make_figure(0.82)),
        make_domain("agency", "A2", "Sở Xây dựng", "department", make_figure(0.91)),
        make_domain("agency", "B1", "UBND Phường Vỹ Dạ", "commune", make_figure(0.88)),
        make_domain("agency", "B2", "UBND Xã Ẩn", "commune", SUPPRESSED),
    )
    return ReportContent(
        year=2026,
        slug="q3",
        edition=1,
        wave="2026-q3",
        title_vi="Quý III năm 2026",
        title_en="Third quarter of 2026",
        period_start="2026-07-01",
        period_end="2026-09-30",
        office="Sở Nội vụ thành phố Huế",
        synthetic=True,
        formula="t2b_mean_of_factors@1",
        interval="logit",
        level=0.95,
        minimum_answers=10,
        target=0.9,
        questionnaire=Questionnaire(
            reference="motcua_ngan@1",
            title_vi="Ông/Bà hài lòng đến đâu với bộ phận Một cửa?",
            title_en="How satisfied are you with the one-stop unit?",
            note_vi="",
            sha256="ab" * 32,
            satisfied=(4, 5),
            factors=(
                Label("F1", "Đón tiếp", "Welcome", ("q1",)),
                Label("F2", "Hướng dẫn", "Guidance", ("q2", "q3")),
            ),
            items=(Label("q1", "Đón tiếp", "Welcome"), Label("q2", "Rõ ràng", "Clear"), Label("q3", "Dễ", "Easy")),
        ),
        province=make_domain("province", "", "Toàn thành phố", "", shown),
        tiers=(
            make_domain("tier", "department", "Sở, ban, ngành", "department", shown),
            make_domain("tier", "commune", "Xã, phường", "commune", shown),
        ),
        agencies=agencies,
        accounts=(Account("", "Toàn thành phố", dict.fromkeys(ACCOUNT, 7)),),
        method=make_method(),
        rows_public=False,
    )


def make_method() -> Method:
    return Method(
        kind="one_off",
        sampling="srs",
        allocation="proportional",
        strata=("agency", "channel"),
        person_rule="one_dossier",
        seed="hạt giống 2026",
        eligible_status=10,
        frames=(
            Frame("2026-09-30", "cd" * 32, "2026-10-01T03:00:00+00:00", 4000, {"test": 5, "in_progress": 70}),
        ),
        rates={"RR1": 0.41, "RR2": 0.45, "RR3": None},
        n_sampled=400,
        n_strata=8,
        classes=6,
        weights={"sum": 4000.0, "min": 1.5, "max": 20.25, "kish_deff": 1.3},
        analysis_sha256="ef" * 32,
        design_sha256="01" * 32,
        code_version="1.0.0",
        closed_at="2026-10-28T03:00:00+00:00",
        answer_days=14,
        modes={"sms": 30, "web": 150},
        contactable=0.931,
    )
