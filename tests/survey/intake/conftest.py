"""A commune with two names over time, a department, and one call that imports an export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey.models import AgencyLevel
from survey.services.intake import ImportReport, import_dossiers
from tests.factories import make_agency
from tests.survey.intake import exports

Import = Callable[..., ImportReport]


@pytest.fixture
def agencies(app: Flask) -> None:
    make_agency("Phường Vĩ Dạ", code="19777", valid_from=date.min, valid_to=date(2025, 6, 30))
    make_agency("Phường Vỹ Dạ", code="19777", valid_from=date(2025, 7, 1))
    make_agency("Sở Nội vụ", code="H57.16", level=AgencyLevel.department, valid_from=date.min)


@pytest.fixture
def bring(agencies: None, tmp_path: Path, now: datetime) -> Import:
    """Import rows (or a path) and return the report."""

    def bring(*rows: Any, name: str = "export.csv", encoding: str = "utf-8", **options: Any) -> ImportReport:
        path = (
            rows[0] if isinstance(rows[0], Path) else exports.write(tmp_path, *rows, name=name, encoding=encoding)
        )
        return import_dossiers(path, actor="test", now=now, **options)

    return bring
