"""What ``python -m analysis`` does: files in, files out, one line for each error."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from analysis.codes import FloatArray
from analysis.errors import InputError, Refusal
from analysis.fields import Fields, is_number, text_list
from analysis.ranks import DEFAULT_SEED, DRAWS, generator, rank_sets
from analysis.release import BrokenReleaseError, differences
from analysis.run import Run
from analysis.spec import parse


@dataclass(frozen=True)
class Tables:
    """How tables are read and written, by the ending of their name; `whole` gives temporary paths that take
    their names when all has been written."""

    read: Callable[[Path], pd.DataFrame]
    write: Callable[[Path, pd.DataFrame], None]
    whole: Callable[..., AbstractContextManager[list[Path]]]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: command line: {self.prog}: {' '.join(message.split())}\n")


class CommandError(ValueError):
    """An error in the form of the command line: FILE: WHERE: what is wrong."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str], tables: Tables) -> int:
    """Run a command; 0 success, 1 `verify` found differences, 2 bad input, 3 statistical refusal."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options, tables))
    except CommandError as exc:
        return _fail(str(exc), exc.status)
    except ValueError as exc:  # of the table reader: it names its file itself
        return _fail(str(exc), 2)
    except OSError as exc:
        return _fail(f"{exc.filename}: file: {exc.strerror}", 2)


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m analysis", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("estimate", help="estimates of a DESIGN from a table of units")
    one.add_argument("--data", type=Path, required=True)
    one.add_argument("--design", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--weights-out", type=Path)
    one.set_defaults(command=_estimate)
    two = commands.add_parser("rank", help="confidence sets for ranks from estimates and their covariance")
    two.add_argument("--estimates", type=Path, required=True)
    two.add_argument("--out", type=Path, required=True)
    two.add_argument("--level", type=float, default=0.95)
    two.add_argument("--seed", default=DEFAULT_SEED)
    two.set_defaults(command=_rank)
    three = commands.add_parser("verify", help="recompute every published figure of a release")
    three.add_argument("release", type=Path, metavar="RELEASE")
    three.add_argument("--restricted", type=Path)
    three.set_defaults(command=_verify)
    return parser


def read_json(path: Path) -> Any:
    """A JSON file; NaN and repeated keys are errors."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise CommandError(f"{path}: byte {exc.start + 1}: is not UTF-8") from exc
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as exc:
        raise CommandError(f"{path}: line {exc.lineno}: is not JSON: {exc.msg}") from exc
    except ValueError as exc:
        raise CommandError(f"{path}: JSON: {exc}") from exc
    except RecursionError as exc:
        raise CommandError(f"{path}: JSON: is nested too deeply") from exc


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"key {next(k for k in names if names.count(k) > 1)!r} stands twice")
    return found


def write_json(path: Path, value: object) -> None:
    """JSON with a final line break, never NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _estimate(options: argparse.Namespace, tables: Tables) -> int:
    design = read_json(options.design)
    data = tables.read(options.data)
    digest = hashlib.sha256(options.data.read_bytes()).hexdigest()
    files = {"design": options.design, "data": options.data}
    try:
        run = Run(data, parse(design), design)
        result = run.result(digest)
        result["meta"]["design_sha256"] = hashlib.sha256(options.design.read_bytes()).hexdigest()
    except InputError as exc:
        raise CommandError(f"{files[exc.source]}: {exc}") from exc
    except Refusal as exc:
        raise CommandError(f"{options.design}: {exc}", status=3) from exc
    outputs = [path for path in (options.out, options.weights_out) if path is not None]
    with tables.whole(outputs, inputs=(options.data, options.design)) as paths:
        write_json(paths[0], result)
        for path in paths[1:]:
            tables.write(path, run.weights())
    return 0


def _rank(options: argparse.Namespace, tables: Tables) -> int:
    try:
        keys, estimate, covariance, df = _rank_input(read_json(options.estimates))
    except InputError as exc:
        raise CommandError(f"{options.estimates}: {exc}") from exc
    if not 0 < options.level < 1:
        raise CommandError(f"--level: value: must lie between 0 and 1, found {options.level:g}")
    sets = rank_sets(estimate, covariance, generator(options.seed), level=options.level, df=df)
    ranks = [
        {"key": key, "rank": int(r), "marginal": m.tolist(), "simultaneous": s.tolist()}
        for key, r, m, s in zip(keys, sets.rank, sets.marginal, sets.simultaneous, strict=True)
    ]
    with tables.whole([options.out], inputs=[options.estimates]) as (path,):
        write_json(path, {"ranks": ranks, "level": options.level, "seed": options.seed, "draws": DRAWS})
    return 0


def _rank_input(value: object) -> tuple[tuple[str, ...], FloatArray, FloatArray, float]:
    f = Fields(value, "", ["keys", "estimate", "covariance", "df"])
    keys = text_list(f.get("keys"), "keys")
    estimate = np.array(f.numbers("estimate"))
    rows = f.objects("covariance")
    if not keys:
        raise f.fail("keys", "must name at least one estimate")
    if len(estimate) != len(keys):
        raise f.fail("estimate", f"must hold {len(keys)} numbers, found {len(estimate)}")
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(keys) or not all(map(is_number, row)):
            raise InputError(f"covariance[{i}]", f"must hold {len(keys)} numbers")
    if len(rows) != len(keys):
        raise f.fail("covariance", f"must have {len(keys)} rows, found {len(rows)}")
    matrix = np.array(rows, dtype=np.float64)
    largest = float(np.abs(matrix).max())
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=1e-12 * largest):
        raise f.fail("covariance", "must be symmetric")
    if np.linalg.eigvalsh(matrix).min() < -1e-9 * largest:
        raise f.fail("covariance", "must be positive semi-definite")
    df = min(f.numbers("df"), default=np.inf)
    if df <= 0:
        raise f.fail("df", f"must be positive, found {df:g}")
    return keys, estimate, matrix, df


def _verify(options: argparse.Namespace, tables: Tables) -> int:
    try:
        lines = list(differences(options.release, options.restricted, tables.read))
    except (BrokenReleaseError, InputError) as exc:
        raise CommandError(f"{options.release}: {exc}") from exc
    except Refusal as exc:
        raise CommandError(f"{options.release}: {exc}", status=3) from exc
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0
