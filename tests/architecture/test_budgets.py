"""Sizes that a reader can hold in mind. Authority: design.md 4.2. An exception carries its reason here."""

from __future__ import annotations

from statistics import median

from tests.architecture.source import PRODUCT, length, modules

FILE_LINES = 300
FUNCTION_LINES = 40
MEDIAN_FUNCTION = 10
FILE_EXCEPTIONS: dict[str, str] = {}
FUNCTION_EXCEPTIONS: dict[tuple[str, str], str] = {}


def test_no_file_is_longer_than_300_lines() -> None:
    everything = modules(*PRODUCT, "bench", "docs")
    long = {module.name for module in everything if module.text.count("\n") > FILE_LINES}
    assert long == set(FILE_EXCEPTIONS)


def test_no_function_is_longer_than_40_lines_docstring_apart() -> None:
    long = {
        (module.name, function.name)
        for module in modules(*PRODUCT, "bench", "docs")
        for function in module.functions()
        if length(function) > FUNCTION_LINES
    }
    assert long == set(FUNCTION_EXCEPTIONS)


def test_half_of_the_functions_are_short() -> None:
    lengths = [length(function) for module in modules(*PRODUCT) for function in module.functions()]
    assert median(lengths) <= MEDIAN_FUNCTION
