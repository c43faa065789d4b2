"""Many draws against the truth: few in the suite, to see that nothing is far off; many in `make slow`."""

from collections.abc import Sequence

import numpy as np
import pytest


def rounds(few: int, many: int) -> pytest.MarkDecorator:
    """A test of `rounds` draws: few always, many when slow tests run."""
    return pytest.mark.parametrize("rounds", [few, pytest.param(many, marks=pytest.mark.slow)])


def check_unbiased(estimates: Sequence[object], truth: float) -> None:
    """The mean of the estimates (of each column of them) lies within 3.5 of its standard errors of the truth."""
    values = np.array(estimates, dtype=float)
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    assert (np.abs(values.mean(axis=0) - truth) < 3.5 * error).all()
