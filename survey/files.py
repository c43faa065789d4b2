"""Files of ours: where they lie and what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import current_app


def instance_path(relative: str) -> Path:
    """A file of ours, by its name inside the instance folder."""
    return Path(current_app.config["THUOCDO_INSTANCE"]) / relative


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
