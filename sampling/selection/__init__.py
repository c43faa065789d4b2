"""Selection methods: arrays in, positions of the chosen units and inclusion probabilities out."""

from sampling.selection.equal import replicate_numbers, smallest, srs, systematic
from sampling.selection.probabilities import inclusion_probabilities
from sampling.selection.unequal import pareto, poisson, pps_systematic, sequential_poisson
from sampling.selection.units import METHODS, Chosen, Units

__all__ = [
    "METHODS",
    "Chosen",
    "Units",
    "inclusion_probabilities",
    "pareto",
    "poisson",
    "pps_systematic",
    "replicate_numbers",
    "sequential_poisson",
    "smallest",
    "srs",
    "systematic",
]
