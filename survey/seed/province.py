"""A fictional province: dossiers, persons and phones, the same for the same seed.

No range of Vietnamese numbers is set aside for fiction, so some of these phones exist: they may reach the
simulator and no other gateway. Files and waves made of them are marked synthetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from survey.seed import catalogue
from survey.seed.catalogue import Size, Unit

Rng = np.random.Generator
SERVICE_AGENT_SHARE = 0.06  # of dossiers that carry the phone of someone who files for others
AGENT_DOSSIERS = 40
PERSONS_PER_DOSSIER = 0.75
TEST_SHARE, ENDED_SHARE, OPEN_SHARE, NOT_FETCHED_SHARE = 0.006, 0.015, 0.05, 0.06
PHONE_SHARES = {"mobile": 0.915, "old": 0.01, "landline": 0.02, "missing": 0.04, "malformed": 0.015}
_OPENING, _CLOSING = 7 * 60 + 30, 16 * 60 + 30


@dataclass(frozen=True)
class Province:
    """`dossiers`: one row each. Times are minutes of Vietnam's clock as datetime64.

    Columns: code, unit, field, procedure, channel, applicant, status, received, due, completed, returned (NaT
    where not yet), is_late, is_test, person, phone (as the export writes it).
    """

    seed: str
    period: tuple[date, date]
    units: tuple[Unit, ...]
    dossiers: pd.DataFrame


def stream(seed: str, purpose: str) -> Rng:
    """Random numbers of one purpose: a change in one part of the province leaves the others as they are."""
    digest = hashlib.sha256(f"{seed}|{purpose}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16]))


def make_province(size: str | Size, *, seed: str, period: tuple[date, date]) -> Province:
    """The province of this size and seed; most dossiers are finished inside `period`."""
    wanted = catalogue.SIZES[size] if isinstance(size, str) else size
    units = catalogue.units(wanted)
    unit = _units_of(units, wanted.dossiers, stream(seed, "units"))
    frame = pd.DataFrame({"unit": unit})
    _add_service(frame, units, stream(seed, "service"))
    _add_dates(frame, period, stream(seed, "dates"))
    frame["person"] = _persons(unit, stream(seed, "persons"))
    frame["phone"] = _phones(int(frame["person"].max()) + 1, stream(seed, "phones"))[frame["person"]]
    frame = frame.sort_values(["received", "unit"], kind="stable", ignore_index=True)
    frame["code"] = _codes(frame)
    return Province(seed, period, tuple(units), frame)


def _units_of(units: Sequence[Unit], dossiers: int, rng: Rng) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Departments share a quarter of the dossiers; inside a tier sizes differ as 1 to 10 or so."""
    is_department = np.array([unit.tier == "department" for unit in units])
    weight = rng.lognormal(0.0, 0.6, len(units))
    for tier, share in (
        (is_department, catalogue.DEPARTMENT_SHARE),
        (~is_department, 1 - catalogue.DEPARTMENT_SHARE),
    ):
        weight[tier] *= share / weight[tier].sum()
    return rng.choice(len(units), dossiers, p=weight / weight.sum()).astype(np.int64)


def _add_service(frame: pd.DataFrame, units: Sequence[Unit], rng: Rng) -> None:
    n = len(frame)
    draw = rng.random(n)
    field = [units[u].fields[int(f * len(units[u].fields))] for u, f in zip(frame["unit"], draw, strict=True)]
    frame["field_code"] = [code for code, _name in field]
    frame["field"] = [name for _code, name in field]
    frame["procedure"] = rng.integers(1, 6, n)
    online, postal = catalogue.ONLINE_SHARE, catalogue.POSTAL_SHARE
    frame["channel"] = rng.choice(["in_person", "online", "postal"], n, p=[1 - online - postal, online, postal])
    frame["applicant"] = rng.choice([0, 1, 2], n, p=[0.86, 0.08, 0.06])
    frame["is_test"] = rng.random(n) < TEST_SHARE


def _add_dates(frame: pd.DataFrame, period: tuple[date, date], rng: Rng) -> None:
    n = len(frame)
    days = _working_days(period[0] - timedelta(days=21), period[1])
    received = days[rng.integers(0, len(days), n)] + _minutes(rng, n)
    limit = rng.choice([1, 3, 5, 10, 15], n, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    late = rng.random(n) < frame["channel"].map(catalogue.LATE_SHARE).to_numpy()
    taken = np.where(late, limit + rng.integers(1, 10, n), np.floor(limit * rng.random(n)))
    completed = np.maximum(_days_after(received, taken) + _minutes(rng, n), received + np.timedelta64(10, "m"))
    returned = np.maximum(_days_after(completed, rng.geometric(0.55, n) - 1) + _minutes(rng, n), completed)
    is_open = rng.random(n) < OPEN_SHARE
    is_ended = ~is_open & (rng.random(n) < ENDED_SHARE)
    waits = ~is_open & ~is_ended & (rng.random(n) < NOT_FETCHED_SHARE)
    not_a_time = np.datetime64("NaT", "m")
    frame["received"] = received
    frame["due"] = _days_after(received, limit) + np.timedelta64(_CLOSING, "m")
    frame["completed"] = np.where(is_open | is_ended, not_a_time, completed)
    frame["returned"] = np.where(is_open | is_ended | waits, not_a_time, returned)
    frame["is_late"] = late
    frame["status"] = np.select([is_open, is_ended, waits], [4, 7, 9], 10)


def _working_days(first: date, last: date) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)].astype("datetime64[m]")


def _minutes(rng: Rng, n: int) -> np.ndarray[Any, np.dtype[np.timedelta64]]:
    return rng.integers(_OPENING, _CLOSING, n).astype("timedelta64[m]")


def _days_after(start: Any, days: Any) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """Midnight of the working day so many working days after `start`."""
    later = np.busday_offset(start.astype("datetime64[D]"), np.asarray(days, dtype=np.int64), roll="forward")
    return later.astype("datetime64[m]")


def _persons(unit: np.ndarray[Any, np.dtype[np.int64]], rng: Rng) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Most people file once or twice, now and then at another agency; service agents file for many at one."""
    n = len(unit)
    person = rng.integers(0, max(1, int(n * PERSONS_PER_DOSSIER)), n)
    by_agent = rng.random(n) < SERVICE_AGENT_SHARE
    first_agent = int(person.max()) + 1
    agents = np.bincount(unit[by_agent], minlength=int(unit.max()) + 1) // AGENT_DOSSIERS + 1
    start = first_agent + np.concatenate([[0], np.cumsum(agents)[:-1]])
    mine = unit[by_agent]
    person[by_agent] = start[mine] + (rng.random(len(mine)) * agents[mine]).astype(np.int64)
    return person


def _phones(persons: int, rng: Rng) -> np.ndarray[Any, np.dtype[np.object_]]:
    kinds = rng.choice(list(PHONE_SHARES), persons, p=list(PHONE_SHARES.values()))
    prefix = rng.choice(catalogue.MOBILE_PREFIXES, persons)
    old = rng.choice(list(catalogue.OLD_PREFIXES.values()), persons)
    tail = rng.integers(0, 10**7, persons)
    look = rng.integers(0, 8, persons)
    malformed = rng.choice(catalogue.MALFORMED, persons)
    phones = np.empty(persons, dtype=object)
    for i, kind in enumerate(kinds):
        match kind:
            case "mobile":
                phones[i] = _written(f"{prefix[i]}{tail[i]:07d}", int(look[i]))
            case "old":
                phones[i] = f"{old[i]}{tail[i]:07d}"
            case "landline":
                phones[i] = f"02343{tail[i] % 10**6:06d}"
            case "missing":
                phones[i] = ""
            case _:
                phones[i] = str(malformed[i])
    return phones


def _written(number: str, look: int) -> str:
    """The ways in which clerks write a number; most write it plainly."""
    match look:
        case 0:
            return f"{number[:4]}.{number[4:7]}.{number[7:]}"
        case 1:
            return f"+84{number[1:]}"
        case 2:
            return number[1:]
        case _:
            return number


def _codes(frame: pd.DataFrame) -> pd.Series[str]:
    """Official shape, invented unit numbers: H57.<unit>-<yymmdd of receipt>-<number of the day>."""
    day = frame["received"].dt.strftime("%y%m%d")
    number = frame.groupby(["unit", day]).cumcount() + 1
    unit = (frame["unit"] + 1).map("H57.{:02d}".format)
    codes: pd.Series[str] = (unit + "-" + day + "-" + number.map("{:04d}".format)).astype("str")
    return codes
