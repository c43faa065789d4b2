"""Reading a JSON object strictly: each key is asked for once, an unknown one is an error with its place."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.errors import InputError


def composed(value: object) -> Any:
    """A parsed JSON value with all its texts in Unicode normal form C, as the texts of the data are."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(item) for item in value]
    if isinstance(value, Mapping):
        return {composed(key): composed(item) for key, item in value.items()}
    return value


class Fields:
    """A JSON object under inspection; `where` is its place in the file, such as ``estimates[2]``."""

    def __init__(self, value: object, where: str, known: Sequence[str]) -> None:
        if not isinstance(value, Mapping):
            raise InputError(where or "top level", f"must be an object, found {kind(value)}")
        unknown = sorted(str(k) for k in value if k not in known)
        if unknown:
            raise InputError(self._join(where, unknown[0]), f"unknown key; known are {', '.join(known)}")
        self._value = value
        self.where = where

    @staticmethod
    def _join(where: str, key: str) -> str:
        return f"{where}.{key}" if where else key

    def at(self, key: str) -> str:
        """The place of `key`, for messages."""
        return self._join(self.where, key)

    def has(self, key: str) -> bool:
        """Whether `key` is there and not null."""
        return self._value.get(key) is not None

    def get(self, key: str) -> Any:
        """The raw value, None when absent."""
        return self._value.get(key)

    def only(self, what: str, name: str, keys: Sequence[str]) -> None:
        """Refuse keys that others of the same kind have, but this one would ignore."""
        ignored = [key for key in self._value if self.has(key) and key not in keys]
        if ignored:
            raise self.fail(ignored[0], f"is not used by the {what} {name!r}; it has {', '.join(keys)}")

    def fail(self, key: str, message: str) -> InputError:
        """An error about `key`."""
        return InputError(self.at(key), message)

    def text(self, key: str, *, default: str | None = None, among: Sequence[str] = ()) -> str:
        """A string, one of `among` where given; required when there is no default."""
        value = self._value.get(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"must be a string, found {kind(value)}")
        if among and value not in among:
            raise self.fail(key, f"must be one of {', '.join(among)}; found {value!r}")
        return value

    def optional_text(self, key: str, *, among: Sequence[str] = ()) -> str | None:
        """A string or null."""
        return self.text(key, among=among) if self.has(key) else None

    def number(self, key: str, *, default: float, low: float, high: float) -> float:
        """A number strictly between `low` and `high`."""
        value = self._value.get(key, default)
        if not is_number(value) or not low < value < high:
            raise self.fail(key, f"must be a number between {low:g} and {high:g}, found {value!r}")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"must be true or false, found {kind(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A string, a list of strings, or nothing."""
        value = self._value.get(key)
        if value is None:
            return ()
        return text_list([value] if isinstance(value, str) else value, self.at(key))

    def objects(self, key: str) -> list[Any]:
        """A list, empty when absent."""
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, f"must be a list, found {kind(value)}")
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of numbers, empty when absent."""
        values = self.objects(key)
        bad = [v for v in values if not is_number(v)]
        if bad:
            raise self.fail(key, f"must hold numbers, found {bad[0]!r}")
        return tuple(float(v) for v in values)

    def table(self, key: str) -> dict[str, float]:
        """An object whose values are numbers."""
        return number_table(self._value.get(key), self.at(key))


def is_number(value: object) -> bool:
    """A finite JSON number; true and false are not numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def kind(value: object) -> str:
    """How JSON calls the type of a value."""
    names = {type(None): "nothing", bool: "true/false", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def text_list(value: object, where: str) -> tuple[str, ...]:
    """A list of strings without repetition."""
    if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
        raise InputError(where, "must be a list of strings")
    if len(set(value)) < len(value):
        raise InputError(where, f"names {next(v for v in value if value.count(v) > 1)!r} twice")
    return tuple(value)


def number_table(value: object, where: str) -> dict[str, float]:
    """A non-empty object of finite numbers."""
    if not isinstance(value, Mapping) or not value:
        raise InputError(where, f"must be an object of numbers, found {kind(value)}")
    for key, number in value.items():
        if not is_number(number):
            raise InputError(f"{where}.{key}", f"must be a number, found {kind(number)}")
    return {str(k): float(v) for k, v in value.items()}
