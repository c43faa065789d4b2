"""Who may do what to whom. Authority: design.md 3.2 and 4.4, .importlinter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import PRODUCT, ROOT, modules

CLOCK = "survey/clock.py"  # the one place that looks at a clock
CLOCK_READERS = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time")
NUMPY_GENERATORS = {
    *("np.random.default_rng", "np.random.Generator", "np.random.SeedSequence"),
    *("np.random.PCG64", "np.random.Philox"),
}


def test_import_contracts_hold() -> None:
    """The same command as `make imports`; without a cache, so that a cached verdict cannot hide a breach."""
    linter = subprocess.run(
        [ROOT / ".venv" / "bin" / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linter.returncode == 0, linter.stdout + linter.stderr


def test_only_services_commit() -> None:
    elsewhere = [
        f"{module.name}:{line}"
        for module in modules("survey")
        if not module.name.startswith("survey/services/")
        for line, name in module.calls()
        if name.endswith(".commit")
    ]
    assert elsewhere == []


def test_now_is_an_argument_and_only_the_clock_asks_the_system() -> None:
    askers = {
        module.name
        for module in modules(*PRODUCT)
        for _line, name in module.calls()
        if name.endswith(CLOCK_READERS)
    }
    assert askers == {CLOCK}


def test_randomness_is_an_argument_and_has_no_hidden_state() -> None:
    """A global seed makes a draw depend on what ran before it."""
    global_state = [
        f"{module.name}:{line} {name}"
        for module in modules(*PRODUCT)
        for line, name in module.calls()
        if name.startswith(("np.random.", "numpy.random.")) and name not in NUMPY_GENERATORS
    ]
    assert global_state == []
    plain = [
        f"{module.name}:{line} {name}"
        for module in modules(*PRODUCT)
        for line, name in module.calls()
        if name.startswith("random.") and name != "random.Random"
    ]
    assert plain == []


def test_no_setting_is_read_past_the_table() -> None:
    """`os.environ` outside config.py is a setting that nobody can find."""
    assert {module.name for module in modules(*PRODUCT) if "os.environ" in module.text} == {"survey/config.py"}


def test_a_web_process_carries_no_statistics_no_pdf_and_no_spreadsheets() -> None:
    """Each costs tens of megabytes in every worker; they are loaded by the step that needs them."""
    heavy = "numpy scipy statsmodels duckdb pandas reportlab pyreadstat xlsxwriter python_calamine"
    program = (
        "import sys; from survey import create_app; create_app(); "
        f"print(*[name for name in '{heavy}'.split() if name in sys.modules])"
    )
    keys = dict.fromkeys(("THUOCDO_SECRET_KEY", "THUOCDO_DATA_KEY", "THUOCDO_CALLBACK_KEYS"), "x" * 32)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | keys,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_every_folder_of_the_product_is_a_package() -> None:
    """A folder without __init__.py is invisible to the import contracts."""
    bare = {
        str(path.parent.relative_to(ROOT))
        for top in PRODUCT
        for path in (ROOT / top).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert bare == set()


def test_no_text_of_this_machine_is_in_the_repository() -> None:
    """Absolute paths of a workplace run nowhere else."""
    named = [module.name for module in modules(*PRODUCT, "bench", "docs") if str(ROOT) + "/" in module.text]
    assert named == []
    assert Path(ROOT / "pyproject.toml").exists()
