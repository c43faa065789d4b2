"""What a release carries so that anyone can recompute it: the machine contract, and `verify`.

A release is a zip (or the unpacked directory) whose members, at its top, are

`MANIFEST.json`
    ``{"format": "release@1", "files": {"data.csv": "<sha256 hex>", ...}, "restricted": null}``;
    `files` names every other member. Where disclosure control keeps unit rows out of `data.csv`,
    `restricted` is ``{"sha256": "<of the full data file>"}`` and `verify` needs that file
    (``--restricted FILE``; .csv or .parquet).
`design.json`
    The DESIGN the figures were estimated with (see docs/statistics.md), unchanged.
`data.csv`
    One row per sampled unit (respondents and non-respondents), the columns that DESIGN names;
    no phone, no name, no dossier code, no token.
`results.json`
    ``{"results": [...], "components": [...], "compare": [...], "rank": [...], "covariance": [...]}``:
    what `analysis.run.estimate(data, design)` returns, full doubles. A list may be left out, and so may
    rows. A suppressed row keeps `name`, `variable`, `domain`, has null in every figure and
    ``"suppressed"`` among its flags.
`estimates.csv` (optional)
    The published rows of `results` and `components` as a table: `name`, `variable`, `domain`
    (``agency=A01|channel=online``, empty for all), then any of `estimate se df ci_low ci_high n n_answers
    n_psu deff`; empty = suppressed. Figures here may be rounded; they are compared as rounded.

Other members (PDF, XLSX, HTML) are covered by their hash only. `pack` writes such a zip from its members.
"""
