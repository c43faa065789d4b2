"""Documents name files; each of them is there."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT

_PATH = re.compile(r"`((?:survey|sampling|analysis|forms|templates|tests|bench|deploy|docs|migrations)/[\w./-]*)`")


def test_every_path_that_a_document_names_exists() -> None:
    documents = [ROOT / "README.md", ROOT / "tests" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {(str(page.relative_to(ROOT)), path) for page in documents for path in _PATH.findall(page.read_text())}
    assert len(named) > 20
    assert [f"{page}: {path}" for page, path in sorted(named) if not (ROOT / path).exists()] == []
