"""Data of R's packages (GPL, not committed): exported by R for the tests marked `oracle`."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

ORACLES = Path(__file__).parents[1] / "oracles"


@pytest.fixture(scope="session")
def r_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], pd.DataFrame]:
    """Read one of the tables that analysis_weights.R exports."""
    if shutil.which("Rscript") is None:
        pytest.skip("needs R with survey: apt-get install r-cran-survey r-cran-jsonlite")
    folder = tmp_path_factory.mktemp("r")
    for name in ("analysis_weights.R", "analysis_survey.csv"):
        shutil.copy(ORACLES / name, folder)
    subprocess.run(["Rscript", "analysis_weights.R", "."], cwd=folder, check=True, capture_output=True)
    return lambda name: pd.read_csv(folder / f"{name}.csv")
