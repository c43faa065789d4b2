"""Frames: what is checked before a draw, how strata are coded, what the audit counts."""

import numpy as np
import pandas as pd
import pytest

from sampling.audit import audit
from sampling.errors import FrameError
from sampling.frame import check_frame, eligibility
from tests.sampling.draw_case import FRAME, plan_of


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.iloc[:0], "rows: the frame has no rows"),
        (FRAME.drop(columns="agency"), "column `agency`: is named by `strata`"),
        (pd.concat([FRAME, FRAME.iloc[[7]]]), "must be unique; 'd007'"),
        (
            FRAME.assign(agency=[None, *FRAME.agency[1:]]),
            "`agency`: must not be empty; unit 'd000' has no value",
        ),
        (FRAME.assign(u=1), "column `u`: would be overwritten"),
        (FRAME.assign(stratum="x"), "column `stratum`: would be overwritten"),
        (pd.concat([FRAME, FRAME[["x"]]], axis=1), "column `x`: stands twice"),
        (FRAME.assign(agency=["A|B"] * 30 + ["A"] * 30, c=["C"] * 30 + ["B|C"] * 30), "same key"),
    ],
)
def test_a_frame_that_cannot_be_drawn_from_says_why(frame: pd.DataFrame, message: str) -> None:
    strata = ["agency", "c"] if "c" in frame else ["agency"]
    with pytest.raises(FrameError, match=message):
        check_frame(frame, plan_of(strata=strata))


def test_a_stratum_column_called_stratum_is_welcome() -> None:
    frame = FRAME.rename(columns={"agency": "stratum"})
    assert check_frame(frame, plan_of(strata=["stratum"])).strata == ("A", "B", "C")


def test_strata_of_several_columns_are_joined_and_sorted() -> None:
    frame = pd.DataFrame({"code": [3, 1, 2], "a": ["Huế", "B", "B"], "b": [10, 9, 10]})
    checked = check_frame(frame, plan_of(strata=["a", "b"]))
    assert checked.strata == ("B|10", "B|9", "Huế|10")
    assert checked.ids.tolist() == ["1", "2", "3"]
    assert checked.stratum.tolist() == [1, 0, 2]


def test_audit_counts_people_repetition_and_gaps() -> None:
    frame = FRAME.assign(phone=["09"] * 50 + [None] * 10)
    found = audit(check_frame(frame, plan_of()), "person", ["phone"])
    assert found["rows"].tolist() == [30, 20, 10]
    assert found["persons"].tolist() == [15, 20, 10]
    assert found["most_of_one_person"].tolist() == [2, 1, 1]
    assert found["missing_phone"].tolist() == [0, 0, 10]


def test_the_first_reason_that_holds_is_given() -> None:
    rows = pd.DataFrame({"test": [True, False, False], "late": [True, True, False]})
    found = eligibility(rows, [("a test", rows["test"].to_numpy()), ("too late", rows["late"].to_numpy())])
    assert found.tolist() == ["a test", "too late", ""]


def test_a_reason_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="`rules` must hold masks of 2 rows; 'x' has 3"):
        eligibility(pd.DataFrame({"a": [1, 2]}), [("x", np.zeros(3, dtype=bool))])
