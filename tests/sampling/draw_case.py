"""Sixty dossiers of three agencies and 45 people, and a plan for them."""

import pandas as pd

from sampling.plan import Plan, load_plan

FRAME = pd.DataFrame(
    {
        "code": [f"d{i:03d}" for i in range(60)],
        "agency": ["A"] * 30 + ["B"] * 20 + ["C"] * 10,
        "person": [f"p{i // 2}" for i in range(30)] + [f"q{i}" for i in range(30)],
        "x": [float(1 + i % 7) for i in range(60)],
    }
)

PERSON = {"key": "person", "rule": "one_dossier"}


def plan_of(**parts: object) -> Plan:
    """Twelve of them, shared out among the agencies by simple random sampling; `parts` replace or add keys."""
    base: dict[str, object] = {
        "id": "code",
        "strata": ["agency"],
        "method": "srs",
        "allocation": {"method": "proportional", "n": 12},
    }
    return load_plan(base | parts)
