"""`make test`: run every part that this machine allows and say, in one line each, what was left out.

With CI=true nothing may be left out: a missing part is a failure before the first test.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import pages

ROOT = Path(__file__).resolve().parent.parent

ON_POSTGRESQL = ("tests/survey", "tests/journeys", "tests/analysis/test_engine.py")


@dataclass(frozen=True)
class Part:
    """A part of the suite that needs something of the machine."""

    marker: str
    name: str
    present: bool
    bring: str


def parts() -> list[Part]:
    postgresql = bool(os.environ.get("THUOCDO_TEST_DATABASE_URL")) or any(
        Path("/usr/lib/postgresql").glob("*/bin/initdb")
    )
    kannel = shutil.which("bearerbox") is not None or Path("/usr/sbin/bearerbox").exists()
    spark = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None
    return [
        Part("postgresql", "the suite on PostgreSQL", postgresql, "apt-get install postgresql"),
        Part("browser", "pages in Chromium", shutil.which("chromium") is not None, "apt-get install chromium"),
        Part("oracle", "numbers from R", shutil.which("Rscript") is not None,
             "apt-get install r-base-core r-cran-survey r-cran-sampling r-cran-jsonlite"),
        Part("pdf", "text of the PDF", shutil.which("pdftotext") is not None, "apt-get install poppler-utils"),
        Part("spark", "totals on a Spark cluster", spark, "apt-get install default-jre-headless && make spark"),
        Part("redis", "workers on a real Redis", shutil.which("redis-server") is not None,
             "apt-get install redis-server"),
        Part("html", "every page read by the Nu Html Checker", pages.is_present(),
             "apt-get install default-jre-headless; pip install -r requirements-dev.txt"),
        Part("kannel", "a real Kannel", kannel, "apt-get install kannel kannel-extras"),
    ]  # fmt: skip


def pytest(arguments: list[str], database: str = "") -> int:
    environ = {name: value for name, value in os.environ.items() if name != "THUOCDO_TEST_DATABASE_URL"}
    if database:
        environ["THUOCDO_TEST_DATABASE_URL"] = database
    print(f"\n== pytest {' '.join(arguments)} on {'PostgreSQL' if database else 'SQLite'}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environ, check=False
    ).returncode


def database_url() -> tuple[str, bool]:
    """The server's URL, and whether we started it ourselves."""
    given = os.environ.get("THUOCDO_TEST_DATABASE_URL", "")
    if given:
        return given, False
    script = ROOT / "deploy" / "postgresql-for-tests.sh"
    started = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=True)
    return started.stdout.strip(), True


def main() -> int:
    one = os.environ.get("T", "")
    if one:
        return pytest(one.split(), os.environ.get("THUOCDO_TEST_DATABASE_URL", ""))
    missing = [part for part in parts() if not part.present]
    if missing and os.environ.get("CI") == "true":
        for part in missing:
            print(f"missing: {part.name}; {part.bring}", file=sys.stderr)
        return 2
    chosen = " and ".join(["not slow", *(f"not {part.marker}" for part in missing)])
    shutil.rmtree(pages.FOLDER, ignore_errors=True)
    os.environ[pages.VARIABLE] = str(pages.FOLDER)
    codes = [pytest(["-n", "auto", "-m", f"{chosen} and not postgresql"])]
    if not any(part.marker == "html" for part in missing):
        codes.append(pages.main())
    if not any(part.marker == "postgresql" for part in missing):
        url, ours = database_url()
        codes.append(pytest(["-n", "auto", "-m", f"{chosen} and not browser", *ON_POSTGRESQL], url))
        if ours:
            subprocess.run(["bash", str(ROOT / "deploy" / "postgresql-for-tests.sh"), "stop"], check=False)
    print()
    for part in missing:
        print(f"left out: {part.name}; to bring it: {part.bring}")
    print("all parts ran" if not missing else f"{len(missing)} parts left out", flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
