"""What the fictional citizens think and do: known to the simulation only, never to the database.

Each agency has a true level by factor, each person a mood, a late dossier spoils both. So the true index is
known and an estimate can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forms.model import Instrument
from survey.seed.province import Province, stream

Floats = np.ndarray[Any, np.dtype[np.float64]]
_CUTS = (-1.3, -0.5, 0.4, 1.8)  # between the five points of a scale
_BASE, _LATE = 1.65, -1.1
_FEEDBACK = 4  # the fifth factor of SIPAS: how complaints are handled
_NEVER_USED = 0.55  # "no opinion" there: most never complain
_NO_OPINION = 0.02


@dataclass(frozen=True)
class Citizens:
    """The people of a province. All tables have one row per dossier, indexed by its code."""

    province: Province

    def answers(self, instrument: Instrument) -> pd.DataFrame:
        """What would be answered about each dossier: the codes of the scale, "na" where there is no opinion."""
        dossiers = self.province.dossiers
        feeling = self._feeling()
        factor_of = {item: f for f, factor in enumerate(instrument.factors) for item in factor.items}
        levels = stream(self.province.seed, "factors").normal(
            0.0, 0.25, (len(self.province.units), len(instrument.factors) + 1)
        )
        columns = {}
        for item in instrument.rating_items:
            rng = stream(self.province.seed, f"item {instrument.reference} {item.id}")
            factor = factor_of.get(item.id, len(instrument.factors))
            level = levels[dossiers["unit"].to_numpy(), factor] + rng.normal(0.0, 0.1)
            points = [point.code for point in item.scale.points] if item.scale else []
            columns[item.id] = _answers(feeling + level + rng.normal(0.0, 0.6, len(dossiers)), points)
            if item.outside:
                share = _NEVER_USED if factor == _FEEDBACK < len(instrument.factors) else _NO_OPINION
                none = rng.random(len(dossiers)) < share
                columns[item.id] = np.where(none, item.outside[0].code, columns[item.id].astype(object))
        return pd.DataFrame(columns, index=pd.Index(dossiers["code"], name="code"), dtype=object)

    def behaviour(self) -> pd.DataFrame:
        """What is done with an invitation: `deed` (answer, break_off, refuse, nothing), `mode`, `delay_hours`.

        The discontented answer a little less often, people who filed online more: non-response is not at random.
        """
        dossiers = self.province.dossiers
        rng = stream(self.province.seed, "behaviour")
        n = len(dossiers)
        online = (dossiers["channel"] == "online").to_numpy()
        logit = 0.1 + 0.25 * self._mood() + 0.5 * online
        answers = rng.random(n) < 1 / (1 + np.exp(-logit))
        other = rng.random(n)
        deed = np.select(
            [answers & (other < 0.06), answers, other < 0.06], ["break_off", "answer", "refuse"], "nothing"
        )
        mode = np.where(rng.random(n) < np.where(online, 0.85, 0.6), "web", "sms")
        delay = np.minimum(rng.lognormal(1.6, 1.2, n), 13 * 24)
        index = pd.Index(dossiers["code"], name="code")
        return pd.DataFrame({"deed": deed, "mode": mode, "delay_hours": delay}, index=index)

    def truth(self, instrument: Instrument, codes: pd.Series[str] | None = None) -> pd.DataFrame:
        """The true index (`t2b_mean_of_factors@1`) by unit name, over the dossiers of `codes` (all by default).

        Columns: unit, tier, dossiers, index.
        """
        answers = self.answers(instrument)
        unit = pd.Series(self.province.dossiers["unit"].to_numpy(), index=answers.index)
        if codes is not None:
            inside = answers.index.isin(codes)
            answers, unit = answers[inside], unit[inside]
        satisfied = answers.isin(instrument.satisfied)
        given = answers.map(lambda value: isinstance(value, int))
        factors = []
        for factor in instrument.factors:
            items = list(factor.items)
            yes = satisfied[items].sum(axis=1).groupby(unit).sum()
            factors.append(yes / given[items].sum(axis=1).groupby(unit).sum())
        index = pd.concat(factors, axis=1).mean(axis=1)
        units = self.province.units
        return pd.DataFrame(
            {
                "unit": [units[u].stored_name for u in index.index],
                "tier": [units[u].tier for u in index.index],
                "dossiers": unit.value_counts().reindex(index.index).to_numpy(),
                "index": index.to_numpy(),
            }
        )

    def _mood(self) -> Floats:
        persons = self.province.dossiers["person"].to_numpy()
        moods: Floats = stream(self.province.seed, "moods").normal(0.0, 0.7, int(persons.max()) + 1)[persons]
        return moods

    def _feeling(self) -> Floats:
        dossiers = self.province.dossiers
        level = stream(self.province.seed, "levels").normal(0.0, 0.3, len(self.province.units))
        feeling: Floats = (
            _BASE + level[dossiers["unit"].to_numpy()] + self._mood() + _LATE * dossiers["is_late"].to_numpy()
        )
        return feeling


def _answers(z: Floats, points: list[int]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Points of the scale by where z falls; a scale of three takes the outer cuts."""
    cuts = _CUTS if len(points) == 5 else np.linspace(_CUTS[0], _CUTS[-1], len(points) + 1)[1:-1]
    chosen = np.searchsorted(cuts, z)
    answers = np.empty(len(z), dtype=object)
    answers[:] = [points[c] for c in chosen]
    return answers
