"""The fictional province of tests and demo: deterministic by seed, brought in through the real importer."""

from survey.seed.citizens import Citizens
from survey.seed.files import load_agencies, load_province, write_dossiers
from survey.seed.plans import one_off_plan, rolling_plan
from survey.seed.province import Province, make_province

__all__ = [
    "Citizens",
    "Province",
    "load_agencies",
    "load_province",
    "make_province",
    "one_off_plan",
    "rolling_plan",
    "write_dossiers",
]
