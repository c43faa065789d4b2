"""What shows that the sample was drawn and not chosen: the frame, its phones, hash, seed and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from survey.models import FrameSnapshot, Wave, WaveKind

AUDITED = (
    *("dossiers", "mobile", "landline", "invalid", "missing"),
    *("repeated_phones", "repeated_dossiers", "top_phone"),
)


@dataclass(frozen=True)
class PhoneAudit:
    """What the phones of one agency's eligible dossiers are worth; see queries.frames.audit_phones."""

    agency: str
    dossiers: int
    mobile: int
    landline: int
    invalid: int
    missing: int
    repeated_phones: int
    repeated_dossiers: int
    top_phone: int

    @property
    def coverage(self) -> float | None:
        return self.mobile / self.dossiers if self.dossiers else None


def phone_audit(frames: Sequence[FrameSnapshot]) -> list[PhoneAudit]:
    """The audit of one frame, or of all days of a rolling wave together."""
    summed: dict[str, Counter[str]] = {}
    for frame in frames:
        for agency, figures in frame.audit.items():
            counts = summed.setdefault(agency, Counter())
            top = max(counts["top_phone"], figures["top_phone"])
            counts.update({name: figures[name] for name in AUDITED})
            counts["top_phone"] = top
    return [
        PhoneAudit(agency, **{name: counts[name] for name in AUDITED}) for agency, counts in sorted(summed.items())
    ]


def exclusions(frames: Sequence[FrameSnapshot]) -> dict[str, int]:
    """Dossiers left out of the frames, by reason."""
    counts: Counter[str] = Counter()
    for frame in frames:
        counts.update(frame.exclusions.get("total", {}))
    return dict(counts)


def public_seed(wave: Wave) -> str | None:
    """The seed where it may be seen: a rolling wave's is secret until the wave is closed."""
    return wave.seed if wave.kind is WaveKind.one_off or wave.closed_at is not None else None


def certificate(wave: Wave, frames: Sequence[FrameSnapshot]) -> dict[str, Any]:
    """Everything that repeats the draw, for whoever has the frame."""
    return {
        "wave": wave.code,
        "period": [wave.period_start.isoformat(), wave.period_end.isoformat()],
        "plan": wave.plan,
        "seed": public_seed(wave),
        "frames": [
            {
                "day": frame.day.isoformat(),
                "frozen_at": frame.frozen_at.isoformat(),
                "sha256": frame.sha256,
                "eligible": frame.n_eligible,
                "excluded": frame.exclusions.get("total", {}),
                "summary": frame.summary if public_seed(wave) else None,
            }
            for frame in frames
        ],
    }
