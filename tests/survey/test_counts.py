"""Counts of Huế's one-stop centre, first quarter of 2019 (huecity.gov.vn, 12 April 2019), and broken tables.

Wilson's interval by hand: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from survey.errors import InputError
from survey.reports.counts import read_counts, to_markdown

pytestmark = pytest.mark.usefixtures("app")

DOCS = Path(__file__).parents[2] / "docs"
HUE = DOCS / "case-hue-2019.csv"
GENEROUS = ("Chậm hẹn nhưng chấp nhận được", "Cần giảm giấy tờ")
HEAD = "item,level,satisfied,count,base\n"


def test_the_first_item_has_135_more_answers_than_forms() -> None:
    first = read_counts(HUE, accept_inconsistent=True)[0]
    assert (first.total, first.base) == (4350, 4215)


def test_such_an_item_is_refused_with_both_numbers(runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["counts", str(HUE)])
    assert done.exit_code == 2
    assert done.stdout == ""
    for part in ("error: case-hue-2019.csv", "Nơi đón tiếp", "4350", "4215", "--accept-inconsistent"):
        assert part in done.stderr


def test_told_to_go_on_it_marks_the_item(runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["counts", str(HUE), "--accept-inconsistent", "--issued", "5326"])
    assert done.exit_code == 0
    assert done.output.count("> forms") == 1


def test_neither_base_reproduces_the_published_97_95() -> None:
    items = read_counts(HUE, accept_inconsistent=True)
    of_forms = 100 * sum(item.share_of_base for item in items) / 5
    of_answers = 100 * sum(item.share for item in items) / 5
    assert (round(of_forms, 2), round(of_answers, 2)) == (98.04, 97.46)


def test_wilsons_interval_of_the_second_item() -> None:
    low, high = read_counts(HUE, accept_inconsistent=True)[1].interval()
    p, n, z = 4111 / 4215, 4215, 1.959963984540054
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    centre = p + z**2 / (2 * n)
    assert (low, high) == pytest.approx(
        ((centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)), rel=1e-9
    )


def test_forms_never_returned_bound_the_share() -> None:
    second = read_counts(HUE, accept_inconsistent=True)[1]
    assert second.bounds(5326) == (4111 / 5326, (4111 + 1111) / 5326)


def test_the_page_of_the_case_holds_the_tables_that_the_program_makes() -> None:
    page = (DOCS / "case-hue-2019.md").read_text(encoding="utf-8")
    assert to_markdown(read_counts(HUE, accept_inconsistent=True), 5326) in page
    assert to_markdown(read_counts(HUE, accept_inconsistent=True, without=GENEROUS)) in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "dòng 1"),
        ("tieu chi,muc,so\n", "dòng 1"),
        (HEAD, "không có số đếm"),
        (HEAD + "a,tốt,1,-3,10\n", "dòng 2: count"),
        (HEAD + "a,tốt,1,3.5,10\n", "dòng 2: count"),
        (HEAD + "a,tốt,có,3,10\n", "dòng 2: satisfied"),
        (HEAD + "a,tốt,1,3,10\na,kém,0,3,11\n", "dòng 3: base"),
        (HEAD + "a,tốt,1,3,10\na,tốt,0,3,10\n", "dòng 3: level"),
        (HEAD + "a,tốt,1,0,10\n", "không có số đếm"),
    ],
    ids=[
        "empty",
        "other columns",
        "no rows",
        "negative",
        "fraction",
        "flag",
        "two bases",
        "level twice",
        "all zero",
    ],
)
def test_a_broken_table_is_refused_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_counts(file)


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_bytes((HEAD + "đón tiếp,tốt,1,3,10\n").encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        read_counts(file)
