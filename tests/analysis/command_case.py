"""`python -m analysis` in a folder of its own, as outsiders call it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESIGN = {
    "weights": "w",
    "strata": "h",
    "fpc": ["N"],
    "estimates": [{"name": "m", "statistic": "mean", "of": "y"}],
    "domains": [[], ["h"]],
}
DATA = "h,N,w,y\nA,40,10,4\nA,40,10,5\nA,40,10,3\nA,40,10,4\nB,10,5,2\nB,10,5,3\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analysis", *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def estimate(
    folder: Path, data: str = DATA, design: object = DESIGN, *more: str
) -> subprocess.CompletedProcess[str]:
    (folder / "data.csv").write_text(data, encoding="utf-8")
    (folder / "design.json").write_text(
        design if isinstance(design, str) else json.dumps(design), encoding="utf-8"
    )
    files = ("--data", "data.csv", "--design", "design.json", "--out", "result.json")
    return run(folder, "estimate", *files, *more)
