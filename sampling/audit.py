"""What to look at in a frame before it is frozen: per stratum, rows, people, repetition and gaps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sampling.canonical import texts
from sampling.frame import Frame


def audit(frame: Frame, person: str | None = None, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Counts a frame by stratum.

    Parameters
    ----------
    frame : Frame
        N checked rows.
    person : str, optional
        Column of the person's pseudonym; without it each row is a person.
    columns : sequence of str
        Columns whose empty values are counted, as `missing_<column>`.

    Returns
    -------
    DataFrame
        One row per stratum: `stratum`, `rows`, `persons`, `most_of_one_person`, `missing_<column>` …

    Raises
    ------
    FrameError
        If a row has no person.

    Examples
    --------
    >>> from sampling.frame import check_frame
    >>> from sampling.plan import load_plan
    >>> plan = load_plan({"id": "i", "method": "srs", "allocation": {"method": "equal", "n": 1}})
    >>> rows = pd.DataFrame({"i": [1, 2, 3], "p": ["a", "b", "a"], "phone": ["09", None, "09"]})
    >>> audit(check_frame(rows, plan), "p", ["phone"]).to_dict("records")
    [{'stratum': '', 'rows': 3, 'persons': 2, 'most_of_one_person': 2, 'missing_phone': 1}]
    """
    persons = frame.ids if person is None else frame.complete(person)
    strata = len(frame.strata)
    codes, distinct = pd.factorize(persons)
    cells, counts = np.unique(frame.stratum * len(distinct) + codes, return_counts=True)
    stratum_of_cell = cells // len(distinct)
    most = np.zeros(strata, dtype=np.int64)
    np.maximum.at(most, stratum_of_cell, counts)
    table = {
        "stratum": list(frame.strata),
        "rows": frame.counts(),
        "persons": np.bincount(stratum_of_cell, minlength=strata),
        "most_of_one_person": most,
    }
    for column in columns:
        empty = texts(frame.rows[column]) == ""
        table[f"missing_{column}"] = np.bincount(frame.stratum[empty], minlength=strata)
    return pd.DataFrame(table)
