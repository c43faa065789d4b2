"""How a sample is shared among strata: rules, the bounds they keep, margins to be met in every domain."""

from sampling.allocation.rules import census_below, equal, neyman, optimal, power, proportional
from sampling.allocation.sharing import bounds, share

__all__ = ["bounds", "census_below", "equal", "neyman", "optimal", "power", "proportional", "share"]
