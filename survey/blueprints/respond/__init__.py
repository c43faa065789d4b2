"""The citizen's door: `/s/<token>` for those who were invited, `/receipt` for those who want to be sure.

guard       form tokens that need no cookie, the throttle of wrong links, links kept out of logs
fields      questions as the template draws them
pages       whole pages: what is constant in one is rendered once and kept as bytes
views       the routes
"""

from survey.blueprints.respond.views import blueprint

__all__ = ["blueprint"]
