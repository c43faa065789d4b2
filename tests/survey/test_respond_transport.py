"""Bytes on the line. Authority: RFC 1952 (gzip) as Python's own reader understands it."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from survey.blueprints.respond.transport import Skeleton
from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import make_invitation
from tests.survey.citizen import Citizen


@pytest.mark.parametrize(
    "html",
    ["", "MARK", "a MARK b", "MARKMARK", "Câu hỏi " * 9000 + "MARK" + "x" * 70000 + "MARK"],
    ids=["empty", "only the place", "one place", "side by side", "long"],
)
@pytest.mark.parametrize("word", ["w", "6ace1f-" + "A" * 22, "đ" * 900])
def test_a_page_compressed_around_its_word_reads_back_whole(html: str, word: str) -> None:
    skeleton = Skeleton(html, "MARK")
    assert gzip.decompress(skeleton.gzipped(word.encode())).decode() == html.replace("MARK", word)


def test_compressed_or_not_a_stored_page_is_the_same(app: Flask) -> None:
    invitation, token = make_invitation()
    citizen = Citizen(app, token, invitation.id)
    query = {"p": "q1", "c": CONSENT_VERSION}
    plain = citizen.client.get(citizen.link, query_string=query)
    packed = citizen.client.get(citizen.link, query_string=query, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    refused = citizen.client.get(citizen.link, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
