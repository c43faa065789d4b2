"""What a release carries so that anyone can recompute it: the machine contract, and `verify`.

A release is a zip (or the unpacked directory) whose members, at its top, are

`MANIFEST.json`
    ``{"format": "release@1", "files": {"data.csv": "<sha256 hex>", ...}, "restricted": null}``;
    `files` names every other member. Where disclosure control keeps unit rows out of `data.csv`,
    `restricted` is ``{"sha256": "<of the full data file>"}`` and `verify` needs that file
    (``--restricted FILE``; .csv or .parquet).
`design.json`
    The DESIGN the figures were estimated with (see docs/statistics.md), unchanged.
`data.csv`
    One row per sampled unit (respondents and non-respondents), the columns that DESIGN names;
    no phone, no name, no dossier code, no token.
`results.json`
    ``{"results": [...], "components": [...], "compare": [...], "rank": [...], "covariance": [...]}``:
    what `analysis.run.estimate(data, design)` returns, full doubles. A list may be left out, and so may
    rows. A suppressed row keeps `name`, `variable`, `domain`, has null in every figure and
    ``"suppressed"`` among its flags.
`estimates.csv`, `result.csv`, `result.json` (optional)
    The published rows of `results`, `components` and `rank` as people read them: `analysis.release_tables`.

Other members (PDF, XLSX, HTML) are covered by their hash only. `pack` writes such a zip from its members.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.release_tables import (
    agree,
    differences_in_csv,
    differences_in_result,
    shown_in_csv,
    shown_in_json,
)
from analysis.run import estimate

FORMAT = "release@1"
_IDENTITY = ("name", "variable", "domain", "a", "b")
_LISTS = ("results", "components", "compare", "rank")

ReadTable = Callable[[Path], pd.DataFrame]


class BrokenReleaseError(ValueError):
    """The release is not what its manifest says, or not a release: exit status 2."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")


def pack(members: Mapping[str, bytes], path: Path, *, restricted_sha256: str | None = None) -> None:
    """Write a release: the members and a manifest with their hashes, the same bytes for the same input.

    Parameters
    ----------
    members : mapping of member name to content   at least design.json, results.json, data.csv
    path : path of the zip
    restricted_sha256 : str, optional             hash of the full data file where rows were withheld

    Raises
    ------
    ValueError
        If a member that `verify` needs is missing.

    References
    ----------
    The docstring of this module.

    Examples
    --------
    See tests/analysis/test_release.py.
    """
    missing = {"design.json", "results.json", "data.csv"} - set(members)
    if missing:
        raise ValueError(f"`members` must hold {min(missing)}")
    restricted = None if restricted_sha256 is None else {"sha256": restricted_sha256}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(members.items())}
    manifest = {"format": FORMAT, "files": hashes, "restricted": restricted}
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"MANIFEST.json": text, **dict(sorted(members.items()))}.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def members_of(path: Path) -> dict[str, bytes]:
    """The members of a release: those of its manifest, altered or not.

    Raises
    ------
    BrokenReleaseError
        If it cannot be read, a member is missing or unknown.
    """
    members = _read_directory(path) if path.is_dir() else _read_zip(path)
    manifest = _json(members, "MANIFEST.json")
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or manifest.get("format") != FORMAT:
        raise BrokenReleaseError("MANIFEST.json", f"must have `format` {FORMAT!r} and `files`")
    for name in files:
        if name not in members:
            raise BrokenReleaseError(name, "is in the manifest but not in the release")
    unknown = sorted(set(members) - set(files) - {"MANIFEST.json"})
    if unknown:
        raise BrokenReleaseError(unknown[0], "is not in the manifest")
    return members


def _read_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    except (OSError, zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError) as exc:
        raise BrokenReleaseError("zip", f"cannot be read ({exc})") from exc


def _read_directory(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def _json(members: Mapping[str, bytes], name: str) -> Any:
    if name not in members:
        raise BrokenReleaseError(name, "is missing")
    try:
        return json.loads(members[name])
    except (ValueError, RecursionError) as exc:
        raise BrokenReleaseError(name, f"is not JSON ({exc})") from exc


def differences(path: Path, restricted: Path | None, read_table: ReadTable) -> Iterator[str]:
    """Recompute every published figure of a release and tell each that differs.

    Parameters
    ----------
    path : path               zip or directory
    restricted : path, None   the full data where the release withholds rows
    read_table : callable     reads a table from a path (`sampling.files.read_table`)

    Yields
    ------
    str                       one line a difference

    Raises
    ------
    BrokenReleaseError
        If the release is broken, or its data are restricted and not given.
    InputError, Refusal
        As `analysis.run.estimate`.

    Notes
    -----
    A member altered after packing is a line of its own, before those of its figures.
    Floats agree within 1e-9 relative, counts exactly; rounded figures of the CSV tables to their last digit.

    References
    ----------
    The docstring of this module.

    Examples
    --------
    See tests/analysis/test_release.py.
    """
    members = members_of(path)
    for name, digest in _json(members, "MANIFEST.json")["files"].items():
        if hashlib.sha256(members[name]).hexdigest() != digest:
            yield f"{name}: does not match its SHA-256 in the manifest"
    data = _data(members, restricted, read_table)
    design, published = _json(members, "design.json"), _json(members, "results.json")
    if not isinstance(published, dict) or not isinstance(published.get("results"), list):
        raise BrokenReleaseError("results.json", "must hold the list `results`")
    again = estimate(data, design)
    for key in _LISTS:
        yield from _list_differences(key, published.get(key) or [], again[key])
    yield from _matrix_differences(published.get("covariance") or [], again["covariance"])
    yield from _table_differences(members, [*again["results"], *again["components"]], again["rank"])


def _table_differences(
    members: Mapping[str, bytes], rows: Sequence[Mapping[str, Any]], ranks: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    if "estimates.csv" in members:
        yield from differences_in_csv(members["estimates.csv"], rows)
    if "result.csv" in members:
        yield from differences_in_result("result.csv", shown_in_csv(members["result.csv"]), rows, ranks)
    if "result.json" in members:
        shown = shown_in_json(_json(members, "result.json"))
        try:
            yield from differences_in_result("result.json", shown, rows, ranks)
        except (KeyError, TypeError, AttributeError) as exc:
            raise BrokenReleaseError("result.json", f"is not what it should be ({exc!r})") from exc


def _data(members: Mapping[str, bytes], restricted: Path | None, read_table: ReadTable) -> pd.DataFrame:
    wanted = _json(members, "MANIFEST.json").get("restricted")
    if wanted is None:
        if restricted is not None:
            raise BrokenReleaseError(str(restricted), "is not needed: the release holds all its rows")
        return _from_bytes(members, read_table)
    if restricted is None:
        raise BrokenReleaseError("data.csv", "some rows are withheld; give the full data with --restricted FILE")
    try:
        digest = hashlib.sha256(restricted.read_bytes()).hexdigest()
    except OSError as exc:
        raise BrokenReleaseError(str(restricted), f"cannot be read ({exc.strerror})") from exc
    if not isinstance(wanted, dict) or digest != wanted.get("sha256"):
        raise BrokenReleaseError(str(restricted), "is not the data the release was made from (SHA-256 differs)")
    return read_table(restricted)


def _from_bytes(members: Mapping[str, bytes], read_table: ReadTable) -> pd.DataFrame:
    if "data.csv" not in members:
        raise BrokenReleaseError("data.csv", "is missing")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.csv"
        file.write_bytes(members["data.csv"])
        return read_table(file)


def _identity(row: Mapping[str, Any]) -> str:
    parts = [json.dumps(row[k], ensure_ascii=False, sort_keys=True) for k in _IDENTITY if k in row]
    return " ".join(parts)


def _list_differences(
    key: str, published: Sequence[Mapping[str, Any]], again: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    known = {_identity(row): row for row in again}
    for row in published:
        name = _identity(row)
        if "suppressed" in (row.get("flags") or []):
            continue
        if name not in known:
            yield f"{key}: {name}: published but not in the recomputation"
            continue
        for figure, value in row.items():
            other = known[name].get(figure)
            if not agree(value, other):
                yield f"{key}: {name}: {figure} published {value!r}, recomputed {other!r}"


def _matrix_differences(
    published: Sequence[Mapping[str, Any]], again: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    known = {(m["name"], m["variable"], tuple(m["by"])): m for m in again}
    for matrix in published:
        name = (matrix.get("name"), matrix.get("variable"), tuple(matrix.get("by") or ()))
        if name not in known:
            yield f"covariance: {name}: published but not in the recomputation"
        elif not agree(matrix.get("values"), known[name]["values"]):
            yield f"covariance: {name}: values differ from the recomputation"
