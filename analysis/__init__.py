"""Design-based estimation: from unit rows and a design to estimates, intervals, ranks (pure, no framework)."""

__version__ = "1.0.0"
