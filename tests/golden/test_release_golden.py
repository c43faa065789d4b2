"""The release of the small closed wave, as people read it: result.json and the PDF page by page."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from survey.models import Release
from survey.queries.published import paths_of
from survey.services.publishing import estimate, publish
from tests.factories import NOW
from tests.golden.compare import same_as_golden
from tests.survey.closed_wave import make_closed_wave

DIGITS = 9  # another machine's linear algebra may differ in the last ones


@pytest.fixture
def release(app: object) -> Release:
    wave = make_closed_wave()
    estimate.estimate_wave(wave, actor="cli", now=NOW)
    return publish.build_release(wave, actor="cli", now=NOW)


def rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        # A Parquet file's bytes change with the version of its writer.
        return {key: "…" if key == "analysis_sha256" else rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


def test_the_published_json_is_the_golden_one(release: Release) -> None:
    (file,) = (path for path in paths_of(release) if path.name == "result.json")
    text = json.dumps(rounded(json.loads(file.read_bytes())), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert same_as_golden(text, "release.json")


@pytest.mark.pdf
def test_each_page_of_the_pdf_reads_as_the_golden_one(release: Release) -> None:
    (file,) = (path for path in paths_of(release) if path.name == "result.pdf")
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    sha256 = release.content["method"]["analysis_sha256"]
    pages = done.stdout.replace(sha256, "…").split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        words = "\n".join(re.sub(r" {2,}", "  ", line.strip()) for line in page.splitlines() if line.strip())
        assert same_as_golden(words + "\n", f"release-page-{number}.txt"), f"page {number}"
