"""Files of ours: where they lie and what they hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flask import current_app


def instance_path(relative: str) -> Path:
    """A file of ours, by its name inside the instance folder."""
    return Path(current_app.config["THUOCDO_INSTANCE"]) / relative


def parse_json(text: str | bytes) -> Any:
    """The value of a text that strangers wrote; nested too deeply, it is no JSON either (JSONDecodeError)."""
    try:
        return json.loads(text)
    except RecursionError as exc:
        raise json.JSONDecodeError("nested too deeply", "", 0) from exc


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
