"""How a citizen looks at the form: language and size of print, carried in each address: no cookie is needed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup

from survey.blueprints.shell import language


@dataclass(frozen=True)
class Look:
    """`link` makes addresses within the form: they hold the page and the look, never the token."""

    lang: str
    large: bool

    def link(self, page: str = "", *, lang: str = "", large: bool | None = None, back: str = "") -> str:
        query = {
            "p": page,
            "lang": lang or ("" if self.lang == "vi" else self.lang),
            "big": "1" if (self.large if large is None else large) else "",
            "back": back,
        }
        return "?" + urlencode({name: value for name, value in query.items() if value})

    def hidden(self) -> Markup:
        """The look as hidden fields of a form that is sent by GET."""
        line = Markup('<input type="hidden" name="{}" value="{}">')
        pairs = [("lang", self.lang)] * (self.lang != "vi") + [("big", "1")] * self.large
        return Markup("").join(line.format(*pair) for pair in pairs)


def look() -> Look:
    """The look that this request asks for."""
    return Look(language(), request.args.get("big") == "1")


def device_class(user_agent: str) -> str:
    """Phone, tablet or computer, as far as the browser tells; nothing finer is kept."""
    if "Mobi" in user_agent:
        return "phone"
    if "iPad" in user_agent or "Android" in user_agent or "Tablet" in user_agent:
        return "tablet"
    known = ("Windows", "Macintosh", "X11", "CrOS")
    return "computer" if any(name in user_agent for name in known) else "other"
