"""Selection methods: arrays in, positions of the chosen units and inclusion probabilities out."""

from sampling.selection.choice import Chooser, chooser
from sampling.selection.cube import cube
from sampling.selection.equal import replicate_numbers, smallest, srs, systematic
from sampling.selection.joint import hajek, joint_of_sample, joint_probabilities
from sampling.selection.probabilities import inclusion_probabilities
from sampling.selection.sampford import sampford
from sampling.selection.unequal import pareto, poisson, pps_systematic, sequential_poisson
from sampling.selection.units import METHODS, Chosen, Units

__all__ = [
    "METHODS",
    "Chooser",
    "Chosen",
    "Units",
    "chooser",
    "cube",
    "hajek",
    "inclusion_probabilities",
    "joint_of_sample",
    "joint_probabilities",
    "pareto",
    "poisson",
    "pps_systematic",
    "replicate_numbers",
    "sampford",
    "sequential_poisson",
    "smallest",
    "srs",
    "systematic",
]
