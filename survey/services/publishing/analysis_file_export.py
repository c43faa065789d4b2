"""The analysis file for other programs: Parquet and DESIGN, codebook, SPSS and Stata with Vietnamese labels."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from forms.instrument import Instrument, Item
from forms.model import words
from survey.models import Wave
from survey.queries import published
from survey.queries.analysis import analysed_items, instrument_of
from survey.reports.tables import safe
from survey.services.publishing import analysis_file
from survey.services.publishing.estimate import design_of

LABELS = {
    "unit": "Số thứ tự của đơn vị mẫu trong tệp",
    "stratum": "Tầng rút mẫu",
    "psu": "Đơn vị mẫu cấp một (nếu có)",
    "agency": "Mã cơ quan",
    "tier": "Cấp của cơ quan",
    "channel": "Kênh nộp hồ sơ",
    "procedure_field": "Lĩnh vực của thủ tục",
    "inclusion_probability": "Xác suất được rút vào mẫu",
    "base_weight": "Quyền số gốc: số hồ sơ của người đó chia cho xác suất được rút",
    "multiplicity": "Số hồ sơ đủ điều kiện của người đó trong kỳ",
    "disposition": "Mã kết quả theo AAPOR",
    "mode": "Cách trả lời",
    "language": "Ngôn ngữ trả lời",
    "resolved": "Đã biết kết quả: có trả lời, hoặc không thuộc đối tượng (1 là có)",
    "responded": "Có phiếu trả lời đủ hoặc một phần (1 là có)",
    "N_h": "Số hồ sơ của tầng trong khung mẫu",
    "weighting_class": "Lớp điều chỉnh không trả lời",
    "flag_fast": "Trả lời rất nhanh (1 là có; vẫn được tính)",
    "flag_straight": "Mọi câu cùng một mức (1 là có; vẫn được tính)",
    "flag_burst": "Nhiều phiếu từ một mạng trong vài phút (1 là có; vẫn được tính)",
    "flag_network": "Gửi từ mạng của cơ quan (1 là có; vẫn được tính)",
}


@dataclass(frozen=True)
class Column:
    """A column of the file with its label and the labels of its codes."""

    name: str
    label: str
    codes: dict[Any, str]


def columns_of(instrument: Instrument, frame: pd.DataFrame) -> list[Column]:
    """What every column of the file means, in the file's order."""
    items = {item.id: item for item in analysed_items(instrument)}
    return [
        Column(name, words(items[name].label, "vi"), _codes(items[name])) if name in items
        else Column(name, LABELS[name], {})
        for name in frame.columns
    ]  # fmt: skip


def _codes(item: Item) -> dict[Any, str]:
    if item.type in {"number", "multiple"}:
        return {}
    return {value: words(choice.label, "vi") for choice in item.options for value in [item.codes[choice.code]]}


def export(wave: Wave, folder: Path) -> Iterator[Path]:
    """Write every format; `python -m analysis estimate` on the first two gives the published figures."""
    frame = analysis_file.read(wave)
    run = published.newest_run(wave)
    design = design_of(wave, frame) if run is None else run.design
    columns = columns_of(instrument_of(wave), frame)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(analysis_file.path_of(wave), folder / "analysis.parquet")
    yield folder / "analysis.parquet"
    (folder / "design.json").write_text(json.dumps(design, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    yield folder / "design.json"
    yield _codebook(columns, folder / "codebook.csv")
    yield from _statistics_packages(frame, columns, folder)


def _codebook(columns: list[Column], path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("column", "label", "code", "code_label"))
        for column in columns:
            writer.writerow((column.name, safe(column.label), "", ""))
            writer.writerows((column.name, "", code, safe(label)) for code, label in column.codes.items())
    return path


def _statistics_packages(frame: pd.DataFrame, columns: list[Column], folder: Path) -> Iterator[Path]:
    """Integers with gaps become floats: neither SPSS nor Stata has a missing integer."""
    plain = frame.copy()
    for name in plain.columns:
        if pd.api.types.is_extension_array_dtype(plain[name]) and pd.api.types.is_numeric_dtype(plain[name]):
            plain[name] = plain[name].astype("float64")
        elif not pd.api.types.is_numeric_dtype(plain[name]):
            plain[name] = plain[name].astype(object).where(plain[name].notna(), "")
    labels: dict[str, str | None] = {column.name: column.label for column in columns}
    coded = {column.name: column.codes for column in columns if column.codes}
    whole = {name: codes for name, codes in coded.items() if all(isinstance(code, int) for code in codes)}
    pyreadstat.write_sav(plain, str(folder / "analysis.sav"), column_labels=labels, variable_value_labels=coded)
    yield folder / "analysis.sav"
    short: dict[str, str | None] = {column.name: column.label[:80] for column in columns}  # Stata's limit
    pyreadstat.write_dta(plain, str(folder / "analysis.dta"), column_labels=short, variable_value_labels=whole)
    yield folder / "analysis.dta"
