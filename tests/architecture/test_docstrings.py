"""Public functions of the pure packages say what they take and give. Authority: design.md 4.3 (numpydoc)."""

from __future__ import annotations

import ast
from itertools import pairwise

from tests.architecture.source import Module, modules

COMMANDS = ("__main__.py", "commands.py")  # their help is written by argparse
PURE = [module for module in modules("sampling", "analysis") if not module.name.endswith(COMMANDS)]
TITLES = ("Parameters", "Returns", "Raises", "Notes", "References", "Examples")


def public(module: Module) -> list[ast.FunctionDef]:
    """Functions of the module itself that other modules may call."""
    own = [node for node in module.tree.body if isinstance(node, ast.FunctionDef)]
    return [function for function in own if not function.name.startswith("_")]


def documented(function: ast.FunctionDef) -> str:
    return ast.get_docstring(function) or ""


def test_every_public_function_has_a_docstring() -> None:
    bare = [
        f"{module.name} {function.name}"
        for module in PURE
        for function in public(module)
        if not documented(function)
    ]
    assert bare == []


def test_every_section_title_is_underlined_as_numpydoc_wants() -> None:
    def is_wrong(text: str) -> bool:
        lines = [line.strip() for line in text.splitlines()] + [""]
        return any(line in TITLES and after != "-" * len(line) for line, after in pairwise(lines))

    wrong = [f"{module.name} {f.name}" for module in PURE for f in public(module) if is_wrong(documented(f))]
    assert wrong == []


def test_a_third_of_the_public_functions_show_an_example_that_is_run() -> None:
    functions = [function for module in PURE for function in public(module)]
    assert sum(">>>" in documented(function) for function in functions) >= len(functions) / 3


def test_every_module_says_what_it_is_for() -> None:
    everything = (*PURE, *modules("survey", "forms", "tests"))
    assert [m.name for m in everything if m.text.strip() and not ast.get_docstring(m.tree)] == []
