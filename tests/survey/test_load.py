"""50,000 links are clicked within ten minutes, at that rate for as long as there is time.

Authority: no failure is shown to anybody, and every thank-you is a row.
"""

from __future__ import annotations

from typing import Any

import pytest

from bench.load import burst, site

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_a_burst_of_citizens_is_answered_without_failure_and_without_loss(
    settings: dict[str, Any], tmp_path: Any, seconds: int
) -> None:
    with site(settings["DATABASE_URL"], tmp_path, 84 * seconds) as place:
        found = burst(place, seconds)
    assert (found["failures"], found["lost"]) == (0, 0)
    assert found["thanked"] == found["clicks"] == int(50_000 / 600 * seconds)
