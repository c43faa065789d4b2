"""Which files `make fast` leaves to `make test`, and the rule that CI leaves out nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Together two thirds of the time of the suite: they play whole waves, hash passwords or start processes.
THOROUGH = frozenset(
    {
        "test_account.py",
        "test_analysis_file.py",
        "test_command_line.py",
        "test_commands.py",
        "test_commands_errors.py",
        "test_assign.py",
        "test_estimate.py",
        "test_faults.py",
        "test_gateways.py",
        "test_gateways_other.py",
        "test_nonresponse.py",
        "test_interview_pages.py",
        "test_interview_races.py",
        "test_office_feedback.py",
        "test_office_forms.py",
        "test_office_imports.py",
        "test_office_kiosks.py",
        "test_office_lists.py",
        "test_office_messages.py",
        "test_office_login.py",
        "test_office_pages.py",
        "test_office_steps.py",
        "test_promises.py",
        "test_paper.py",
        "test_paper_pages.py",
        "test_properties.py",
        "test_random_designs.py",
        "test_publish.py",
        "test_published.py",
        "test_receipts.py",
        "test_respond_safety.py",
        "test_respond_types.py",
        "test_rolling.py",
        "test_seed.py",
        "test_simulator.py",
        "test_users.py",
        "test_workers.py",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in THOROUGH:
            item.add_marker("thorough")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With CI=true nothing is left out: a skipped test has failed."""
    report: Any = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"skipped in CI: {item.nodeid}"
    return report
