"""Writes analysis_survey.csv: a synthetic satisfaction survey with every awkward case the oracles need.

Nobody in it exists. Eight agencies in three districts, offices as first-stage units inside districts,
dossiers inside offices; stratum = agency x channel for the element design. Awkward on purpose: about 8 % of
answers missing; the stratum A06|post holds one dossier; district D3 one office; the people of A07 are satisfied
with everything; A08 was never asked q5 and q6 (factor F3); the counter of A02 was taken whole.
Run from this directory: python analysis_make_survey.py
"""

import csv
import random
from pathlib import Path

ITEMS = ("q1", "q2", "q3", "q4", "q5", "q6")
DISTRICT = {"A01": "D1", "A02": "D1", "A03": "D1", "A04": "D2", "A05": "D2", "A06": "D2", "A07": "D2", "A08": "D3"}
CHANNELS = ("counter", "online", "post")
COLUMNS = [
    *("id", "agency", "channel", "stratum", "N_h", "district", "office", "N_office", "N_dossier"),
    *("w", "v", "group", "days", "visits", "late", "done"),
]


def main() -> None:
    """Draw and write."""
    rng = random.Random(20190412)
    rows = []
    for a, agency in enumerate(DISTRICT):
        for c, channel in enumerate(CHANNELS):
            size = 1 if (agency, channel) == ("A06", "post") else 5 + (3 * a + 5 * c) % 9
            population = size if (agency, channel) == ("A02", "counter") else size * (3 + (a + c) % 5) + 2
            for _ in range(size):
                rows.append(_row(rng, len(rows), agency, channel, population, size))
    _cluster(rows)
    with Path("analysis_survey.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*COLUMNS, *ITEMS], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row(rng: random.Random, i: int, agency: str, channel: str, population: int, size: int) -> dict[str, object]:
    happy = 0.6 + 0.04 * int(agency[1:])
    row: dict[str, object] = {
        "id": f"H{i:03d}",
        "agency": agency,
        "channel": channel,
        "stratum": f"{agency}|{channel}",
        "N_h": population,
        "w": population / size,
        "district": DISTRICT[agency],
        "group": rng.choice(["nam", "nữ"]),
        "days": rng.randint(1, 30),
        "visits": rng.randint(1, 6),
        "late": rng.randint(0, 1),
        "done": rng.randint(1, 4),
    }
    for item in ITEMS:
        answer = rng.choice([4, 5]) if agency == "A07" or rng.random() < happy else rng.choice([1, 2, 3])
        asked = not (agency == "A08" and item in ("q5", "q6"))
        row[item] = answer if asked and rng.random() > 0.08 else ""
    return row


def _cluster(rows: list[dict[str, object]]) -> None:
    """Offices of five dossiers inside each district; weights of a two-stage sample."""
    offices = {"D1": 12, "D2": 20, "D3": 4}
    for district, population in offices.items():
        mine = [row for row in rows if row["district"] == district]
        n_office = 1 if district == "D3" else (len(mine) + 9) // 10
        for k, row in enumerate(mine):
            office = 0 if n_office == 1 else k % n_office
            size = len([j for j in range(len(mine)) if n_office == 1 or j % n_office == office])
            row["office"] = f"{district}-{office:02d}"
            row["N_office"] = population
            row["N_dossier"] = size * (2 + office % 4) + 3
            row["v"] = population / n_office * row["N_dossier"] / size  # type: ignore[operator]


if __name__ == "__main__":
    main()
