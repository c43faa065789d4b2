"""What `pip install` of the two libraries brings. Authority: the pins of requirements*.txt, the imports there."""

from __future__ import annotations

import ast
import sys
import tomllib
from itertools import chain

from tests.architecture.source import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = {
    line.split("#")[0].strip()
    for file in ROOT.glob("requirements*.txt")
    for line in file.read_text(encoding="utf-8").splitlines()
    if not line.startswith(("#", "-r"))
}
IMPORTED_AS = {"python-calamine": "python_calamine"}


def imports() -> set[str]:
    """Names that `analysis` and `sampling` import from others; an Ibis table comes in as an argument."""
    found: set[str] = set()
    for module in modules("analysis", "sampling"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"analysis", "sampling"}


def test_the_libraries_and_their_extras_are_pinned_as_the_suite_is() -> None:
    wanted = chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    assert sorted(set(wanted) - PINS) == []


def test_the_libraries_declare_what_they_import() -> None:
    declared = {name.split("==")[0] for name in PROJECT["dependencies"]}
    assert {IMPORTED_AS.get(name, name) for name in declared} == imports()
