"""A fuzzer that looks for a text for which the promises of `parse_reply` do not hold.

`python -m tests.forms.fuzz -runs=100000` lets atheris (libFuzzer) mutate the corpus, led by the branches that a
text takes through `forms`. A text that breaks a promise is written to the folder of `-artifact_prefix`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["forms"]):
        from tests.forms.promises import CORPUS, MODES, check

    def one(data: bytes) -> None:
        check(data[1:].decode("utf-8", "surrogateescape"), data[0] if data else 0)

    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(CORPUS):
            for which in range(len(MODES)):
                seed = bytes([which]) + text.encode("utf-8", "surrogatepass")
                (Path(folder) / f"{number}-{which}").write_bytes(seed)
        atheris.Setup([*sys.argv, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
