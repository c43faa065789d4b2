"""Writes the parts of README.md and tests/README.md that a program knows better: settings, commands, test files.

`python -m docs.generate` writes, `python -m docs.generate --check` exits 1 when something is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent


def settings() -> str:
    from survey.config import SETTINGS

    rows = [f"| `{row.name}` | `{row.default}` | {row.help} |" for row in SETTINGS]
    return "\n".join(["| setting | default | what for |", "|---|---|---|", *rows]).replace("| `` |", "| |")


def commands() -> str:
    from survey.cli import COMMANDS, command

    rows = [
        f"| `{path}` | {(leaf.help or '').strip().splitlines()[0]} |"
        for name in sorted(COMMANDS)
        for path, leaf in _leaves(name, command(name))
    ]
    return "\n".join(["| `flask --app wsgi …` | does |", "|---|---|", *rows])


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        arguments = [p.human_readable_name.upper() for p in command.params if isinstance(p, click.Argument)]
        yield " ".join([path, *arguments]), command
        return
    for name, child in sorted(command.commands.items()):
        yield from _leaves(f"{path} {name}", child)


def test_files() -> str:
    rows = []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
        first = " ".join(docstring.split("\n\n")[0].split())
        rows.append(f"| {file.relative_to(ROOT / 'tests')} | {first} |")
    return "\n".join(["| file | what it checks, against what |", "|---|---|", *rows])


BLOCKS = {
    ROOT / "README.md": {"settings": settings, "commands": commands},
    ROOT / "tests" / "README.md": {"tests": test_files},
}


def filled(path: Path) -> str:
    text = path.read_text()
    for name, make in BLOCKS[path].items():
        pattern = re.compile(rf"(<!-- begin:{name} -->\n).*?(<!-- end:{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{path}: no block `{name}`")
        body = make()
        text = pattern.sub(_between(body), text)
    return text


def _between(body: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[1]}{body}\n{match[2]}"


def main(arguments: list[str]) -> int:
    stale = [path for path in BLOCKS if filled(path) != path.read_text()]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run make docs", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(filled(path))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
