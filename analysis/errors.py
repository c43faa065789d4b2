"""The two ways a calculation is refused; both are `ValueError`s, told apart by the command's exit status."""


class InputError(ValueError):
    """The design or the data break a rule of the format: exit status 2.

    `source` is ``"design"`` or ``"data"``: which of the two files is meant; `where` the key, column or row.
    """

    def __init__(self, where: str, message: str, source: str = "design") -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message
        self.source = source


class Refusal(ValueError):  # noqa: N818  a refusal is not a defect of the input
    """The input is well-formed but statistics cannot answer it honestly: exit status 3."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


def data_error(where: str, message: str) -> InputError:
    """An `InputError` about the data file."""
    return InputError(where, message, source="data")
