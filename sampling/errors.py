"""What can be wrong, in the terms of the file it stands in."""


class SamplingError(ValueError):
    """Input that breaks a rule; `where` names the key, column or row, `source` the kind of file."""

    source = "plan"

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class PlanError(SamplingError):
    """A plan that cannot be read: unknown key, wrong type, value out of range."""


class FrameError(SamplingError):
    """A frame that cannot be drawn from: missing column, repeated id, negative size."""

    source = "frame"


class HistoryError(SamplingError):
    """A contact history that cannot be used."""

    source = "history"


class RefusalError(SamplingError):
    """A well-formed request that statistics refuse: infeasible bounds, more units than there are."""
