"""What no template may do. Authority: domain.md 3.1 (personal data), OWASP ASVS 4.0 (script, CSRF, escaping)."""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import Environment, nodes

from tests.architecture.source import templates

FORM = re.compile(r"<form\b[^>]*\bmethod=[\"']?post[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
TOKEN = re.compile(r'csrf_token\b|\bcsrf\(\)|name="f"')  # `f` is the citizen's: it works without cookies
TOKENLESS = {
    "respond/outage.html": "sends once more what a page of ours had sent, its token included",
    "respond/receipt.html": "looks up and changes nothing; POST keeps the code out of addresses and logs",
}
SCRIPT = re.compile(r"<script|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
FOREIGN = re.compile(r"(?:src|href|action)=[\"']?(?:https?:)?//", re.IGNORECASE)
KIOSK_SCRIPT = """<script src="{{ url_for('kiosk.script', name=name) }}" defer>"""
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
PERSONAL = {"phone", "phone_hash", "phone_encrypted", "contact", "contact_id", "person_id", "token", "nonce"}


def offenders(is_wrong: Callable[[str], object], folder: str = "") -> list[str]:
    return [name for name, text in templates().items() if name.startswith(folder) and is_wrong(text)]


def test_each_form_that_posts_carries_a_token() -> None:
    assert offenders(lambda text: any(not TOKEN.search(form) for form in FORM.findall(text))) == list(TOKENLESS)


def test_no_template_holds_script_or_foreign_addresses() -> None:
    """But the tablet's at the counter, which keeps answers without a network: files of ours, nothing inline."""
    assert offenders(lambda text: SCRIPT.search(text) or FOREIGN.search(text)) == ["respond/kiosk.html"]
    assert re.findall(r"<script[^>]*>", templates()["respond/kiosk.html"]) == [KIOSK_SCRIPT]


def test_no_template_switches_escaping_off() -> None:
    assert offenders(UNESCAPED.search) == []


def test_what_is_published_asks_for_nothing_personal() -> None:
    assert offenders(lambda text: names_in(text) & PERSONAL, "published/") == []
    assert "estimate" in set().union(*(names_in(templates()[name]) for name in offenders(bool, "published/")))


def names_in(text: str) -> set[object]:
    """Everything that a template asks for by name."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(text)
    asked: set[object] = {node.attr for node in tree.find_all(nodes.Getattr)}
    asked |= {node.name for node in tree.find_all(nodes.Name)}
    return asked | {node.arg.value for node in tree.find_all(nodes.Getitem) if isinstance(node.arg, nodes.Const)}


def test_each_page_has_a_title_and_one_first_heading() -> None:
    """What a screen reader says first; a page may have them from the layout or macro that it uses."""

    def is_wrong(text: str) -> bool:
        has_both = "block title" in text and len(re.findall(r"<h1|wave_head\(", text)) == 1
        return "office/layout.html" in text and not has_both

    assert offenders(is_wrong, "office/") == []
