"""The analysis frame: one row per sampled unit, with nothing that leads back to a person.

Rows carry no phone, no name, no dossier code and no random number of the draw: that number follows from the
dossier's code and the announced seed, so an order by it would tell an officer whose row it is. Rows are put in
the order of their own content, and `unit` numbers them in that order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from flask_babel import gettext as _
from sqlalchemy import select

from forms.instrument import Instrument, Item, from_json
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import Agency, Dossier, FrameSnapshot, Invitation, Procedure, Response, SampleUnit, Wave
from survey.queries import quality

CODED = ("likert", "nps", "number")  # answers that are numbers; anything else in such a column is missing
CLOSED = ("single", "yesno", "multiple")  # answers that are codes; free text never enters the file


def instrument_of(wave: Wave) -> Instrument:
    """The questionnaire that the wave was asked with."""
    return from_json(wave.instrument_version.definition)


def analysed_items(instrument: Instrument) -> list[Item]:
    """The items that become columns, in the order in which they are asked."""
    return [item for item in instrument.items if item.type in CODED + CLOSED]


def population_counts(wave: Wave) -> dict[str, int]:
    """N of each stratum as frozen with the draw, summed over the days of a rolling wave."""
    summaries = db.session.scalars(select(FrameSnapshot.summary).where(FrameSnapshot.wave_id == wave.id))
    counts: Counter[str] = Counter()
    for summary in summaries:
        for stratum, figures in (summary or {}).get("strata", {}).items():
            counts[stratum] += int(figures["N"])
    return dict(counts)


def analysis_frame(wave: Wave) -> pd.DataFrame:
    """One row per released unit of the sample: design, disposition, answers.

    Answers are those of complete and partial responses (1.x) only. `resolved` is 1 where it is known what the
    unit is: it answered, or it turned out not to belong to the population (4.x); the non-response adjustment
    lets resolved units stand for the others of their class, and only those with answers enter an estimate.
    `flag_…` is 1 where an answer deserves a second look; it counts all the same.
    """
    instrument = instrument_of(wave)
    rows = pd.DataFrame(_rows(wave))
    if rows.empty:
        raise ConflictError(
            "no_sample", _("Đợt %(code)s chưa rút mẫu nên chưa có gì để phân tích.", code=wave.code)
        )
    rows["agency"] = agency_labels(rows["agency"], rows.pop("valid_from"))
    rows["psu"] = rows["stratum"].str.cat(rows["psu"], sep="|")  # names of units need only be unique in a stratum
    came = rows[["agency", "mode", "answers"]].assign(paradata=rows.pop("paradata"), sent_at=rows.pop("sent_at"))
    answers = rows.pop("answers")
    answered = rows["disposition"].str.startswith("1.")
    rows["resolved"] = (answered | rows["disposition"].str.startswith("4.")).astype(int)
    rows["responded"] = answered.astype(int)
    rows.loc[~answered, ["mode", "language"]] = None
    rows["N_h"] = _counts_of(rows["stratum"], population_counts(wave))
    given = [value if ok else {} for value, ok in zip(answers, answered, strict=True)]
    columns = {item.id: _column(item, given) for item in analysed_items(instrument)}
    items = pd.DataFrame(columns, index=rows.index)
    flagged = quality.flags(came[answered], items.loc[answered, [item.id for item in instrument.rating_items]])
    frame = pd.concat([rows, items, flagged.reindex(rows.index, fill_value=0)], axis=1)
    frame["weighting_class"] = weighting_classes(frame, int(wave.settings.get("minimum_answers", 10)))
    return in_order_of_content(frame)


def agency_labels(code: pd.Series[str], valid_from: pd.Series[Any]) -> pd.Series[str]:
    """Agency codes; a code that two agencies bore in the period gets the date of its version, as in the frame."""
    dated = code + "@" + valid_from.astype(str)
    return code.where(valid_from.groupby(code).transform("nunique") < 2, dated)


def in_order_of_content(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by their own values and numbered so: the order says nothing that the rows do not."""
    ordered = frame.sort_values(list(frame.columns), kind="stable", na_position="last", ignore_index=True)
    ordered.insert(0, "unit", range(1, len(ordered) + 1))
    return ordered


def weighting_classes(frame: pd.DataFrame, minimum: int) -> list[str]:
    """The class in which respondents stand for those who did not answer: agency and channel.

    A channel with fewer than `minimum` respondents joins the agency's largest, an agency with fewer than that
    joins the small ones of its tier, and small agencies without any respondent the largest class of all.
    """
    cells = Counter(zip(frame["agency"], frame["channel"], frame["resolved"], strict=True))
    tier = dict(zip(frame["agency"], frame["tier"], strict=True))
    channels: dict[str, dict[str, int]] = {}
    for (agency, channel, resolved), count in sorted(cells.items()):
        known = channels.setdefault(agency, {})
        known[channel] = known.get(channel, 0) + count * resolved
    name = {
        (agency, channel): _class_name(agency, channel, counts, tier[agency], minimum)
        for agency, counts in channels.items()
        for channel in counts
    }
    size: Counter[str] = Counter()
    for (agency, channel), label in name.items():
        size[label] += channels[agency][channel]
    largest = max(sorted(size), key=lambda label: size[label])
    pairs = zip(frame["agency"], frame["channel"], strict=True)
    return [label if size[label] else largest for label in (name[pair] for pair in pairs)]


def _class_name(agency: str, channel: str, counts: Mapping[str, int], tier: str, minimum: int) -> str:
    if sum(counts.values()) < minimum:
        return f"*|{tier}"
    largest = max(sorted(counts), key=lambda name: counts[name])
    return f"{agency}|{channel if counts[channel] >= minimum else largest}"


def _rows(wave: Wave) -> list[dict[str, Any]]:
    query = (
        select(
            SampleUnit.stratum,
            SampleUnit.psu,
            Agency.code.label("agency"),
            Agency.valid_from,
            Agency.level.label("tier"),
            Dossier.channel,
            Procedure.field_name.label("procedure_field"),
            SampleUnit.inclusion_probability,
            SampleUnit.base_weight,
            SampleUnit.multiplicity,
            SampleUnit.disposition,
            Response.mode,
            Response.language,
            Response.answers,
            Response.paradata,
            Response.updated_at.label("sent_at"),
        )
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .join(Dossier, Dossier.id == SampleUnit.dossier_id)
        .outerjoin(Procedure, Procedure.id == Dossier.procedure_id)
        .outerjoin(Invitation, Invitation.sample_unit_id == SampleUnit.id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(SampleUnit.wave_id == wave.id, SampleUnit.released)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def _counts_of(stratum: pd.Series[str], counts: Mapping[str, int]) -> pd.Series[int]:
    missing = sorted(set(stratum) - set(counts))
    if missing:
        raise ConflictError(
            "no_frame_count", _("Khung mẫu đã lưu không có số hồ sơ của tầng %(name)s.", name=missing[0])
        )
    return stratum.map(counts).astype(int)


def _column(item: Item, given: Sequence[Mapping[str, Any] | None]) -> Any:
    values = [(answers or {}).get(item.id) for answers in given]
    if item.type == "number":
        return pd.array([_number(value) for value in values], dtype="Float64")
    if item.type in CODED:
        return pd.array([value if item.is_rating(value) else None for value in values], dtype="Int64")
    return pd.array([";".join(v) if isinstance(v, list) else v for v in values], dtype="str")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
