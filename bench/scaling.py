"""Seconds of an estimate against rows and domains: ``python -m bench.scaling`` draws docs/images/scaling.svg."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.run import Run
from analysis.spec import parse

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "scaling.svg"
ROWS, DOMAINS = (10**4, 10**5, 10**6, 10**7), (1, 10, 100, 1_000, 10_000)
WIDTH, HEIGHT, PAD = 380, 240, 48
Points = list[tuple[float, float]]


def seconds(n: int, domains: int) -> float:
    """Shortest of five to fifteen: mean by domain with SE, df and interval, 20,000 PSUs nested in the domains."""
    rng = np.random.default_rng(1)
    psu = rng.integers(0, 20_000, n)
    data = pd.DataFrame({"psu": psu, "stratum": psu % 200, "domain": psu % domains})
    data["w"], data["y"] = rng.uniform(1, 9, n), rng.normal(3, 1, n)
    design = {"weights": "w", "strata": "stratum", "psu": ["psu"], "domains": [["domain"]], "lonely_psu": "adjust"}
    design["estimates"] = [{"name": "m", "statistic": "mean", "of": "y"}]
    spec, found = parse(design), []
    for _ in range(5 if n > 10**6 else 15):
        run = Run(data, spec, design)
        start = time.perf_counter()
        run.result(None)
        found.append(time.perf_counter() - start)
    return min(found)


def panel(points: Points, x: int, label: str) -> str:
    """A log-log panel: axes at powers of ten, a line, a dot and a value at each point."""
    xs, ys = [math.log10(a) for a, _ in points], [math.log10(b) for _, b in points]
    low, high = math.floor(min(ys)), math.ceil(max(ys))
    across = (WIDTH - 2 * PAD) / (max(xs) - min(xs))
    up = (HEIGHT - 2 * PAD) / max(high - low, 1)
    at = [(x + PAD + (a - min(xs)) * across, HEIGHT - PAD - (b - low) * up) for a, b in zip(xs, ys, strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
    parts = [f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>']
    for (a, b), (value, took) in zip(at, points, strict=True):
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#1f5fa8"/>')
        parts.append(f'<text x="{a:.1f}" y="{b - 8:.1f}" text-anchor="middle">{took:.3g} s</text>')
        parts.append(f'<text x="{a:.1f}" y="{HEIGHT - PAD + 16}" text-anchor="middle">{value:,.0f}</text>')
    parts.append(f'<text x="{x + WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">{label}</text>')
    return "".join(parts)


def main() -> None:
    """Measure and draw."""
    by_rows = [(float(n), seconds(n, 40)) for n in ROWS]
    by_domains = [(float(d), seconds(10**6, d)) for d in DOMAINS]
    title = "Seconds of an estimate against rows (40 domains) and against domains (1,000,000 rows)"
    size = f'viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11"'
    body = panel(by_rows, 0, "rows, 40 domains") + panel(by_domains, WIDTH, "domains, 1,000,000 rows")
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{title}</title>{body}</svg>\n'
    TARGET.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
