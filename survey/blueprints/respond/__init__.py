"""The citizen's door: `/s/<token>` for the invited, `/q/<agency>` for volunteers, `/receipt` for whoever doubts.

guard       form tokens that need no cookie, the throttle of wrong links, links kept out of logs
look        language and print, carried in the address; the kind of device
fields      questions as the template draws them
pages       pages of questions: what is constant in one is rendered once and kept
screens     which page is shown, and those that are no questions
closing     comment and wish to be called back
transport   headers and compression
views       the routes of the invited
volunteer   the QR code at the counter and its poster
kiosk       the tablet at the counter, a blueprint of its own for its headers
outage      the page while the database is away
"""

from survey.blueprints.respond import outage, volunteer
from survey.blueprints.respond.views import blueprint

__all__ = ["blueprint", "outage", "volunteer"]
