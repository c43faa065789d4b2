"""A release recomputes, and each tampering is seen. Authority: the contract in analysis/release.py."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from analysis.release import BrokenReleaseError, differences, pack
from analysis.run import estimate

DESIGN = {
    "weights": "w",
    "strata": "h",
    "estimates": [{"name": "m", "statistic": "mean", "of": "y"}],
    "domains": [[], ["h"]],
    "compare": [{"estimate": "m", "by": ["h"]}],
}
DATA = "h,w,y\nA,10,4\nA,10,5\nA,10,3\nB,5,2\nB,5,3\n"


def members(**changed: bytes) -> dict[str, bytes]:
    result = estimate(pd.read_csv(io.StringIO(DATA)), DESIGN)
    table = "name,variable,domain,estimate,se,n\nm,y,,3.625,,5\nm,y,h=A,4.0,0.577,3\n"
    return {
        "design.json": json.dumps(DESIGN).encode(),
        "results.json": json.dumps(result).encode(),
        "data.csv": DATA.encode(),
        "estimates.csv": table.encode(),
        **{name.replace("_", "."): content for name, content in changed.items()},
    }


def lines(path: Path, restricted: Path | None = None) -> list[str]:
    return list(differences(path, restricted, pd.read_csv))


def test_an_honest_release_has_no_differences(tmp_path: Path) -> None:
    pack(members(), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == []


def test_the_same_members_pack_to_the_same_bytes(tmp_path: Path) -> None:
    pack(members(), tmp_path / "a.zip")
    pack(members(), tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_figure_changed_before_packing_is_named(tmp_path: Path) -> None:
    result = json.loads(members()["results.json"])
    result["results"][1]["estimate"] += 1e-6
    pack(members(results_json=json.dumps(result).encode()), tmp_path / "r.zip")
    (line,) = lines(tmp_path / "r.zip")
    assert line.startswith('results: "m" "y" {"h": "A"}: estimate published 4.000001, recomputed 4.0')


def test_a_rounded_figure_that_is_off_by_one_in_its_last_digit_is_named(tmp_path: Path) -> None:
    table = members()["estimates.csv"].replace(b"3.625", b"3.626")
    pack(members(estimates_csv=table), tmp_path / "r.zip")
    (line,) = lines(tmp_path / "r.zip")
    assert line.startswith("estimates.csv: ('m', 'y', ''): estimate published 3.626")


def test_suppressed_rows_may_stay_empty(tmp_path: Path) -> None:
    result = json.loads(members()["results.json"])
    result["results"][1] |= {"estimate": None, "se": None, "n": None, "flags": ["suppressed"]}
    pack(members(results_json=json.dumps(result).encode()), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == []


def test_a_row_that_no_data_give_is_named(tmp_path: Path) -> None:
    result = json.loads(members()["results.json"])
    result["results"][1]["domain"] = {"h": "Z"}
    pack(members(results_json=json.dumps(result).encode()), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == ['results: "m" "y" {"h": "Z"}: published but not in the recomputation']


def test_restricted_data_are_asked_for_and_checked(tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.write_text(DATA)
    digest = hashlib.sha256(full.read_bytes()).hexdigest()
    pack(members(data_csv=b"h,w,y\n"), tmp_path / "r.zip", restricted_sha256=digest)
    with pytest.raises(BrokenReleaseError, match=r"data\.csv: some rows are withheld; give the full data"):
        lines(tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip", full) == []
    full.write_text(DATA + "B,5,5\n")
    with pytest.raises(BrokenReleaseError, match=r"is not the data the release was made from"):
        lines(tmp_path / "r.zip", full)


def rewrite(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as old:
        kept = {n: old.read(n) for n in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for entry, old_content in {**kept, name: content}.items():
            new.writestr(entry, old_content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("extra.txt", b"x", r"extra\.txt: is not in the manifest"),
        ("MANIFEST.json", b"{}", r"MANIFEST\.json: must have `format`"),
        ("MANIFEST.json", b"{", r"MANIFEST\.json: is not JSON"),
    ],
)
def test_a_tampered_zip_is_broken(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    pack(members(), tmp_path / "r.zip")
    rewrite(tmp_path / "r.zip", name, content)
    with pytest.raises(BrokenReleaseError, match=message):
        lines(tmp_path / "r.zip")


def test_a_member_altered_after_packing_is_a_line_before_those_of_its_figures(tmp_path: Path) -> None:
    pack(members(result_pdf=b"%PDF"), tmp_path / "r.zip")
    rewrite(tmp_path / "r.zip", "estimates.csv", members()["estimates.csv"].replace(b"3.625", b"3.626"))
    rewrite(tmp_path / "r.zip", "result.pdf", b"%PDF-2")
    altered = "does not match its SHA-256 in the manifest"
    assert lines(tmp_path / "r.zip") == [
        f"estimates.csv: {altered}",
        f"result.pdf: {altered}",
        "estimates.csv: ('m', 'y', ''): estimate published 3.626, recomputed 3.625",
    ]


def test_a_cut_zip_is_broken(tmp_path: Path) -> None:
    pack(members(), tmp_path / "r.zip")
    (tmp_path / "r.zip").write_bytes((tmp_path / "r.zip").read_bytes()[:-40])
    with pytest.raises(BrokenReleaseError, match="zip: cannot be read"):
        lines(tmp_path / "r.zip")


RESULT = {
    "province": {"level": "province", "key": "", "index": {"estimate": 3.625}, "rank": None},
    "tiers": [],
    "agencies": [{"level": "h", "key": "A", "index": {"estimate": 4.0, "n": 3}, "rank": None}],
}
SHEET = """\ufefflevel,key,kind,code,estimate,n,rank_low
province,,index,f@1,3.625,5,
h,A,item,index,4.0,,
h,B,index,f@1,,,
"""


def as_people_read(result: object = RESULT, sheet: str = SHEET) -> dict[str, bytes]:
    named = json.loads(json.dumps(DESIGN).replace('"m"', '"index"').replace('"y"', '"index"'))
    data = DATA.replace("y", "index")
    again = estimate(pd.read_csv(io.StringIO(data)), named)
    for entry in (result["province"], *result["agencies"]):  # type: ignore[index]
        for kind in ("formulas", "factors", "items"):
            entry.setdefault(kind, {})
    return {
        "design.json": json.dumps(named).encode(),
        "results.json": json.dumps(again).encode(),
        "data.csv": data.encode(),
        "result.json": json.dumps(result).encode(),
        "result.csv": sheet.encode(),
    }


def test_the_tables_that_people_read_agree(tmp_path: Path) -> None:
    pack(as_people_read(), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == []


def test_a_figure_changed_in_a_table_that_people_read_is_named(tmp_path: Path) -> None:
    result = json.loads(json.dumps(RESULT).replace('"n": 3', '"n": 4'))
    pack(as_people_read(result, SHEET.replace("3.625", "3.626").replace("h,A", "h,C")), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == [
        "result.csv: ('index', ''): estimate published 3.626, recomputed 3.625",
        "result.csv: ('index', 'h=C'): published but not in the recomputation",
        "result.json: ('index', 'h=A'): n published 4, recomputed 3",
    ]


def test_a_rank_that_was_not_computed_is_named(tmp_path: Path) -> None:
    result = json.loads(json.dumps(RESULT))
    result["agencies"][0]["rank"] = [1, 1]
    pack(as_people_read(result), tmp_path / "r.zip")
    assert lines(tmp_path / "r.zip") == ["result.json: ('index', 'h=A'): rank published [1, 1], recomputed None"]


def test_a_result_without_its_parts_is_broken(tmp_path: Path) -> None:
    pack(as_people_read() | {"result.json": b"{}"}, tmp_path / "r.zip")
    with pytest.raises(BrokenReleaseError, match=r"result\.json: is not what it should be"):
        lines(tmp_path / "r.zip")


def test_rows_given_to_a_release_that_holds_its_own_are_refused(tmp_path: Path) -> None:
    pack(members(), tmp_path / "r.zip")
    with pytest.raises(BrokenReleaseError, match=r"nope\.csv: is not needed"):
        lines(tmp_path / "r.zip", tmp_path / "nope.csv")
