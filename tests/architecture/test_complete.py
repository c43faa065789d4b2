"""README names every setting and command, and every sentence is in English too. Authority: design.md 2.7."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from docs.generate import BLOCKS, filled
from survey.cli import COMMANDS, command
from survey.config import SETTINGS
from tests.architecture.source import ROOT
from tests.architecture.test_translations import english, sentences

README = (ROOT / "README.md").read_text(encoding="utf-8")


def leaves(path: str, found: click.Command) -> Iterator[str]:
    if not isinstance(found, click.Group):
        yield path
        return
    for name, child in found.commands.items():
        yield from leaves(f"{path} {name}", child)


def test_what_a_program_writes_into_the_documents_is_up_to_date() -> None:
    assert [str(path) for path in BLOCKS if filled(path) != path.read_text()] == []


def test_each_setting_is_in_the_readme() -> None:
    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in README] == []


def test_each_command_is_in_the_readme() -> None:
    ours = (each for name in COMMANDS for each in leaves(name, command(name)))
    assert [each for each in ours if not re.search(rf"`{each}\b", README)] == []


def test_every_sentence_has_an_english_translation() -> None:
    entries = {text: english().get(text) for text in sentences()}
    missing = [text for text, entry in entries.items() if entry is None or not entry.string or entry.fuzzy]
    assert missing == []
