"""Authority: SIPAS 2017–2020 (22 criteria in 5 factors); the JSON form of forms/reader.py."""

import copy
import json
from typing import Any

import pytest

from forms.instrument import SHIPPED, InstrumentError, from_json, load, sha256, shipped, to_json

SMALL: dict[str, Any] = {
    "code": "nho",
    "version": 1,
    "title": {"vi": "Phiếu nhỏ", "en": "Small form"},
    "scales": {
        "ba": {
            "points": [
                {"code": 1, "label": {"vi": "Không", "en": "No"}},
                {"code": 3, "label": {"vi": "Có", "en": "Yes"}, "satisfied": True},
            ]
        }
    },
    "factors": [{"code": "F1", "label": {"vi": "A", "en": "A"}, "items": ["q1"]}],
    "items": [
        {"id": "q1", "type": "likert", "scale": "ba", "label": {"vi": "Hỏi {service}", "en": "Ask {service}"}},
        {"id": "q2", "type": "number", "label": {"vi": "Mấy", "en": "How many"}, "minimum": 0, "maximum": 9},
    ],
}


@pytest.mark.parametrize(("code", "version"), shipped())
def test_a_shipped_file_is_exactly_what_would_be_written_from_it(code: str, version: int) -> None:
    file = SHIPPED / f"{code}@{version}.json"
    assert to_json(load(code, version)) == json.loads(file.read_text(encoding="utf-8"))


def test_sipas_has_22_criteria_in_factors_of_4_5_6_3_4_and_a_general_question() -> None:
    sipas = load("sipas")
    assert [len(items) for items in sipas.factor_items.values()] == [4, 5, 6, 3, 4]
    assert sipas.general_item == "q0"
    assert len(sipas.items) == 23
    assert "cần đối chiếu văn bản gốc" in (sipas.note or {})["vi"]


def test_the_short_questionnaire_asks_six_things_and_names_each_for_sms() -> None:
    words = [item.sms for item in load("motcua_ngan").rating_items]
    assert words == ["Don tiep", "Huong dan", "Thu tuc", "Dung hen", "Thai do", "Chung"]


def test_satisfied_are_the_two_top_points() -> None:
    assert load("sipas").satisfied == [4, 5]


def test_no_opinion_is_an_answer_but_no_rating() -> None:
    item = load("sipas").item("q5_1")
    assert item.codes["na"] == "na"
    assert not item.is_rating("na")
    assert item.is_rating(item.codes["4"])


def test_zero_survives_the_round_trip() -> None:
    assert from_json(to_json(from_json(SMALL))) == from_json(SMALL)
    assert from_json(to_json(from_json(SMALL))).item("q2").minimum == 0


def test_the_hash_does_not_depend_on_the_order_of_keys_but_on_each_word() -> None:
    reordered = dict(reversed(SMALL.items()))
    changed = copy.deepcopy(SMALL) | {"title": {"vi": "Phiếu khác", "en": "Small form"}}
    assert sha256(from_json(reordered)) == sha256(from_json(SMALL))
    assert sha256(from_json(changed)) != sha256(from_json(SMALL))


def test_an_unknown_questionnaire_is_named() -> None:
    with pytest.raises(InstrumentError, match="no questionnaire khong_co@2 is shipped"):
        load("khong_co", 2)


LIKERT = {"id": "q3", "type": "likert", "scale": "ba", "label": {"vi": "A", "en": "A"}}
FAULTS = {
    "unknown key": ({"colour": "red"}, "instrument: unknown key `colour`"),
    "version as text": ({"version": "1"}, "instrument: `version` has the wrong type: '1'"),
    "no items": ({"items": []}, "instrument: `items` is empty"),
    "items no list": ({"items": {}}, "instrument: `items` has the wrong type: {}"),
    "languages twice": ({"languages": ["vi", "vi"]}, "`languages` has 'vi' twice"),
    "factor of no words": (
        {"factors": [{"code": "F1", "label": {"vi": "A", "en": "A"}, "items": [["q1"]]}]},
        "`items` must be a list of words",
    ),
    "thresholds crossed": ({"partial_at": 0.9}, "0 < partial_at <= complete_at <= 1"),
    "general is no item": ({"general_item": "q9"}, "`general_item` names `q9`"),
    "factor of unknown item": (
        {"factors": [{"code": "F1", "label": {"vi": "A", "en": "A"}, "items": ["q9"]}]},
        "instrument.factors[0] (F1): `items` names `q9`",
    ),
}
ITEM_FAULTS = {
    "same id": ({"id": "q1"}, "instrument.items[2] (q1): `id` is used twice"),
    "bad id": ({"id": "Q 3"}, "instrument.items[2]: `id` must be letters a-z"),
    "missing language": ({"label": {"vi": "A"}}, "instrument.items[2] (q3): `label` lacks en"),
    "extra language": ({"label": {"vi": "A", "en": "A", "fr": "A"}}, "has a language that is not in ['vi', 'en']"),
    "unknown placeholder": ({"label": {"vi": "{phone}", "en": "A"}}, "the unknown placeholder {phone}"),
    "unknown type": ({"type": "slider"}, "`type` must be one of likert, single"),
    "unknown scale": ({"scale": "bay"}, "`scale` names `bay`, which is not defined"),
    "likert without scale": ({"scale": None}, "`scale` belongs to likert items"),
    "range on likert": ({"minimum": 1}, "are numbers of a number item"),
    "number that is none": (
        {"type": "number", "scale": None, "minimum": float("nan")},
        "`minimum` must be finite",
    ),
    "date that is none": (
        {"type": "date", "scale": None, "minimum": "2026-02-30"},
        "are numbers of a number item or dates of a date item: '2026-02-30'",
    ),
    "rule about a later item": (
        {"show_if": {"eq": ["q4", 1]}},
        "`show_if`: names `q4`, which is not an earlier item",
    ),
    "rule about itself": ({"show_if": {"answered": "q3"}}, "`show_if`: names `q3`"),
    "rule with two operators": ({"show_if": {"eq": ["q1", 1], "ne": ["q1", 2]}}, "an object with one operator"),
    "unknown operator": ({"show_if": {"eval": "1"}}, "`show_if`: unknown operator `eval`"),
    "bad pattern": ({"pattern": "("}, "`pattern` is not a regular expression"),
}


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_whole_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        from_json(copy.deepcopy(SMALL) | change)
    assert message in str(caught.value)


@pytest.mark.parametrize(("change", "message"), ITEM_FAULTS.values(), ids=ITEM_FAULTS)
def test_a_fault_of_an_item_is_named_with_its_place(change: dict[str, Any], message: str) -> None:
    item = {key: value for key, value in (LIKERT | change).items() if value is not None}
    with pytest.raises(InstrumentError) as caught:
        from_json(copy.deepcopy(SMALL) | {"items": [*SMALL["items"], item]})
    assert message in str(caught.value)
