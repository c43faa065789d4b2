"""The English catalogue: what it says of a sentence is about that sentence. Authority: gettext manual, 4.3."""

from __future__ import annotations

import re
from functools import cache

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from tests.architecture.source import ROOT

PO = ROOT / "survey" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("survey/**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


@cache
def sentences() -> dict[str, str]:
    """Every msgid of the sources, with the first place where it stands."""
    found: dict[str, str] = {}
    keywords = DEFAULT_KEYWORDS | {"_l": None}
    for name, line, message, _comments, _context in extract_from_dir(
        ROOT, METHODS, keywords=keywords, directory_filter=lambda path: "/." not in str(path)
    ):
        for text in (message,) if isinstance(message, str) else message:
            found.setdefault(text, f"{name}:{line}")
    return found


@cache
def english() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def test_a_translation_keeps_the_placeholders() -> None:
    wrong = [
        entry.id
        for entry in english()
        if isinstance(entry.id, str) and entry.string
        if sorted(PLACEHOLDER.findall(entry.id)) != sorted(PLACEHOLDER.findall(str(entry.string)))
    ]
    assert wrong == []


def test_the_catalogue_holds_no_sentence_that_is_gone() -> None:
    assert [entry.id for entry in english() if entry.id and entry.id not in sentences()] == []


def test_sentences_are_found() -> None:
    """An extraction that finds nothing would make the tests above pass."""
    assert "Đăng nhập" in sentences()
    assert "Đang thu thập" in sentences()
    assert len(sentences()) > 300


def test_sentences_are_vietnamese_first() -> None:
    """Three words without one Vietnamese mark were written in another language."""
    assert [text for text in sentences() if text.isascii() and len(text.split()) > 2] == []
