"""A busy machine is no fault of the text that was drawn: no example of a property has a deadline."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
