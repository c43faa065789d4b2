"""`make bench`: every benchmark's figures as ratios to a peer and to the physical limit, all of one run.

Each module `bench/bench_*.py` offers `rows() -> list[dict]` with `task`, `tool`, `seconds` (or another `value` and
`unit`), and `ratio` with `ratio_to` where it is compared; `target` and `met` where a limit was set beforehand.
`python -m bench.run import form` runs those two only.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent


def names(wanted: list[str]) -> list[str]:
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    strangers = sorted(set(wanted) - set(known))
    if strangers:
        raise SystemExit(f"error: no benchmark {strangers[0]}; there are: {', '.join(known)}")
    return wanted or known


def show(title: str, rows: list[dict[str, Any]], console: Console) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console.print(table)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def machine() -> dict[str, Any]:
    """What the seconds were measured on; a load above the number of CPUs lengthens them, ratios less."""
    kernel = os.environ.get("OPENBLAS_CORETYPE", "chosen by OpenBLAS")
    return {
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "blas_kernel": kernel,
    }


def main(wanted: list[str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    result: dict[str, Any] = {"machine": machine()}
    console.print(result["machine"])
    for name in names(wanted):
        console.print(f"[dim]{name} …")
        rows = importlib.import_module(f"bench.bench_{name}").rows()
        show(name, rows, console)
        result[name] = rows
    target = HERE / "latest.json"
    earlier = json.loads(target.read_text()) if target.exists() and wanted else {}
    target.write_text(json.dumps(earlier | result, indent=1, ensure_ascii=False) + "\n")
    console.print(f"figures: {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main(sys.argv[1:])
