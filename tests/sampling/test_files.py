"""Tables and JSON on disk: the same frame from three formats, and every broken file by name."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from sampling.canonical import frame_hash
from sampling.files import FileError, read_json, read_table, whole, write_json, write_table

FRAME = pd.DataFrame(
    {
        "code": ["007", "=1+1", "Huế, phường"],
        "n": pd.array([1, None, 2**53 + 1], dtype="Int64"),
        "x": [0.1, 1e-7, np.nan],
        "on": ["2026-01-02", None, "2026-01-03"],
    }
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_is_read_back_as_it_was(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"frame.{ending}"
    write_table(path, FRAME)
    assert frame_hash(read_table(path), "code") == frame_hash(FRAME, "code")


def test_a_sheet_keeps_text_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "frame.xlsx"
    frame = FRAME.assign(n=[1, 2, 3])
    write_table(path, frame)
    assert frame_hash(read_table(path), "code") == frame_hash(frame, "code")


def test_dates_of_a_parquet_file_equal_iso_text(tmp_path: Path) -> None:
    path = tmp_path / "dates.parquet"
    write_table(path, pd.DataFrame({"id": ["a"], "on": pd.to_datetime(["2026-01-02"])}))
    as_text = pd.DataFrame({"id": ["a"], "on": ["2026-01-02"]})
    assert frame_hash(read_table(path), "id") == frame_hash(as_text, "id")


def test_parquet_keeps_columns_that_differ_only_in_case(tmp_path: Path) -> None:
    path = tmp_path / "sample.parquet"
    write_table(path, pd.DataFrame({"stage1_n": [4], "stage1_N": [20], "stage2_n": [1], "stage2_N": [9]}))
    found = read_table(path)
    assert found.to_dict("records") == [{"stage1_n": 4, "stage1_N": 20, "stage2_n": 1, "stage2_N": 9}]


@pytest.mark.parametrize("written", ["1e-07", "1e-7", "1E-7", "0.0000001"])
def test_a_number_has_one_hash_however_a_program_writes_its_shortest_digits(tmp_path: Path, written: str) -> None:
    path = tmp_path / "frame.csv"
    path.write_text(f"id,x\na,{written}\nb,2.5\n")
    assert frame_hash(read_table(path), "id") == frame_hash(
        pd.DataFrame({"id": ["a", "b"], "x": [1e-7, 2.5]}), "id"
    )


def test_csv_types_come_from_all_values_and_codes_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("\ufeffa,b,c,d,e\n1,1.5,007,x,1.000680\n,2.0,08,,1.000681\n", encoding="utf-8")
    frame = read_table(path)
    assert frame["a"].tolist() == [1, pd.NA]
    assert frame["b"].tolist() == [1.5, 2.0]
    assert frame["c"].tolist() == ["007", "08"]
    assert frame["d"].isna().tolist() == [False, True]
    assert frame["e"].tolist() == ["1.000680", "1.000681"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "frame.csv: file: is empty"),
        (b"\n", "frame.csv: header: is missing"),
        (b"a,b,a\n1,2,3\n", "frame.csv: header: names the column 'a' twice"),
        (b"a,,c\n1,2,3\n", "frame.csv: header: column 2 has no name"),
        (b"a,b\n1,2\n1\n", "frame.csv: row 3: has 1 fields, the header 2"),
        (b"a,b\n1,2,3\n", "frame.csv: row 2: has 3 fields, the header 2"),
        ("a\nHuế\n".encode("cp1258", "replace") + b"\xea", "is not UTF-8"),
        ("a\nx\n".encode("utf-16"), "byte 1: is not UTF-8"),
        (b"a\n" + b"x\n" * 9000 + b"\xe9\n", "byte 18003: is not UTF-8"),
        (b"a,b\n" + b"1,2\n" * 500 + b"1\n", "row 502: has 1 fields, the header 2"),
        (b'a\n"open\n', "frame.csv: CSV: unexpected end of data"),
    ],
)
def test_a_broken_csv_says_where(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "frame.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_table(path)


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_a_file_that_is_not_what_it_is_called_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"frame.{ending}"
    path.write_bytes(b"a,b\n1,2\n" * 10)
    with pytest.raises(FileError, match=f"frame.{ending}: {ending.upper()[0]}"):
        read_table(path)


@pytest.mark.parametrize(
    ("name", "message"), [("none.csv", "file: is not there"), ("x.ods", "name: must end in .csv")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": }', "line 1 column 7"),
    ],
)
def test_broken_json_says_where(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(FileError, match=message):
        read_json(path)


def test_nothing_is_left_when_an_output_fails(tmp_path: Path) -> None:
    old = tmp_path / "sample.csv"
    old.write_text("before")

    def fail() -> None:
        with whole([old, tmp_path / "summary.json"]) as paths:
            write_json(paths[0], {"half": "written"})
            write_json(paths[1], {"bad": float("nan")})

    with pytest.raises(ValueError, match="Out of range float"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["sample.csv"]
    assert old.read_text() == "before"


def test_an_output_that_cannot_be_written_is_named_not_its_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "sample.csv").mkdir()

    def fail() -> None:
        with whole([tmp_path / "sample.csv"]) as paths:
            write_table(paths[0], FRAME)

    with pytest.raises(FileError, match=f"^{tmp_path}/sample.csv: file: Is a directory"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["sample.csv"]


def test_a_table_too_long_for_a_sheet_is_refused_by_name(tmp_path: Path) -> None:
    long = pd.DataFrame({"a": np.zeros(1_048_576, dtype=np.int64)})

    def fail() -> None:
        with whole([tmp_path / "sample.xlsx"]) as paths:
            write_table(paths[0], long)

    with pytest.raises(FileError, match=f"^{tmp_path}/sample.xlsx: rows: 1048576 do not fit a sheet"):
        fail()


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_texts_and_names_are_composed_whatever_wrote_them(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"frame.{ending}"
    write_table(path, pd.DataFrame({"gio\u031b\u0301i": ["nu\u031b\u0303", None, "nam"], "n": [1, 2, 3]}))
    found = read_table(path)
    assert found.columns.tolist() == ["giới", "n"]
    assert (found["giới"].iloc[0], found["giới"].isna().tolist()) == ("nữ", [False, True, False])


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    with pytest.raises(FileError, match=r"sample\.csv: name: is given for two outputs"), whole([path, path]):
        pass


@pytest.mark.parametrize(
    ("value", "kind"),
    [("[1, 2]", "integer[]"), ("{'a': 1}", "struct"), ("'x'::BLOB", "blob"), ("INTERVAL 1 day", "interval")],
)
def test_a_parquet_column_without_plain_values_is_named(tmp_path: Path, value: str, kind: str) -> None:
    path = tmp_path / "frame.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS id, {value} AS odd) TO '{path}' (FORMAT parquet)")
    with pytest.raises(FileError) as caught:
        read_table(path)
    assert str(caught.value) == f"{path}: column odd: holds {kind}, no plain values"


def test_an_output_that_is_an_input_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("id\n1\n")
    (tmp_path / "link.csv").symlink_to(path)
    link = tmp_path / "link.csv"
    with pytest.raises(FileError, match="is a file that this command reads"), whole([link], inputs=[path]):
        pass
    assert path.read_text() == "id\n1\n"


def test_json_that_is_nested_too_deeply_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("[" * 100_000)
    with pytest.raises(FileError, match=r"plan.json: JSON: is nested too deeply"):
        read_json(path)


def test_codes_that_look_like_exponents_stay_as_written(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("id,h\n12e3,1\n15e5,2\n1e5,3\n10e4,4\n")
    assert read_table(path)["id"].tolist() == ["12e3", "15e5", "1e5", "10e4"]
