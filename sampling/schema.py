"""Typed reading of a JSON object: every key is asked for once, and what is left over is an error."""

import math
import unicodedata
from collections.abc import Iterable, Mapping

from sampling.errors import PlanError

REQUIRED = object()
LARGEST = 10**12


def composed(value: object) -> object:
    """A parsed JSON value with all its texts in Unicode normal form C, as the texts of a frame are."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(item) for item in value]
    if isinstance(value, Mapping):
        return {composed(key): composed(item) for key, item in value.items()}
    return value


class Section:
    """One JSON object of a plan, at a path such as `allocation` or `stages[0].n`; null means absent."""

    def __init__(self, raw: object, path: str, allowed: Iterable[str]) -> None:
        if not isinstance(raw, Mapping):
            raise PlanError(path or "plan", "must be a JSON object")
        self.path = path
        names = set(allowed)
        for key in raw:
            if key not in names:
                raise PlanError(self.at(str(key)), f"unknown key; known here: {', '.join(sorted(names))}")
        self.source = dict(raw)
        self.values = {key: value for key, value in raw.items() if value is not None}

    def at(self, key: str) -> str:
        """Path of a key of this section."""
        return f"{self.path}.{key}" if self.path else key

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def raw(self, key: str, default: object = REQUIRED) -> object:
        """The value as parsed, or `default`; without a default the key is required."""
        value = self.values.get(key, default)
        if value is REQUIRED:
            raise PlanError(self.at(key), "is required")
        return value

    def text(self, key: str, default: object = REQUIRED) -> str:
        """A non-empty string."""
        value = self.raw(key, default)
        if not isinstance(value, str) or (not value and default != ""):
            raise PlanError(self.at(key), "must be a non-empty string")
        return value

    def choice(self, key: str, options: Iterable[str], default: object = REQUIRED) -> str:
        """One of the named options."""
        names = list(options)
        value = self.raw(key, default)
        if not isinstance(value, str) or value not in names:
            raise PlanError(self.at(key), f"must be one of {', '.join(names)}; got {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of distinct strings; absent is the empty list."""
        value = self.raw(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise PlanError(self.at(key), "must be a list of column names")
        if len(set(value)) < len(value):
            raise PlanError(self.at(key), "names a column twice")
        return tuple(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise PlanError(self.at(key), "must be true or false")
        return value

    def number(
        self, key: str, default: object = REQUIRED, *, low: float = -math.inf, high: float = math.inf
    ) -> float:
        """A finite number in [low, high]."""
        return finite(self.raw(key, default), self.at(key), low, high)

    def integer(self, key: str, default: object = REQUIRED, *, low: int = 0) -> int:
        """A whole number of at least `low`, and of a size that people have."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise PlanError(self.at(key), f"must be a whole number; got {value!r}")
        if not low <= value <= LARGEST:
            raise PlanError(self.at(key), f"must lie between {low} and {LARGEST}; got {value}")
        return value

    def numbers(self, key: str, *, low: float, above: bool = False) -> dict[str, float]:
        """An object of numbers by stratum key; `above` excludes `low` itself."""
        value = self.raw(key)
        if not isinstance(value, Mapping) or not value:
            raise PlanError(self.at(key), "must be an object of numbers by stratum key")
        found = {str(name): finite(item, f"{self.at(key)}.{name}", low) for name, item in value.items()}
        for name, item in found.items():
            if above and item <= low:
                raise PlanError(f"{self.at(key)}.{name}", f"must be greater than {low:g}")
        return found


def finite(value: object, path: str, low: float = -math.inf, high: float = math.inf) -> float:
    """`value` as a float in [low, high], or a `PlanError` naming `path`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlanError(path, f"must be a finite number; got {value!r}")
    if not low <= value <= high:
        raise PlanError(path, f"must lie in [{low:g}, {high:g}]; got {value:g}")
    return float(value)
