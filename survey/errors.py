"""Errors that a person can do something about. One handler turns them into a page, JSON or a CLI line."""

from __future__ import annotations

from http import HTTPStatus


class SurveyError(Exception):
    """`code` for machines, `message` (Vietnamese) for people."""

    status: HTTPStatus = HTTPStatus.BAD_REQUEST

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotFoundError(SurveyError):
    """Nothing is there, or not for this person."""

    status = HTTPStatus.NOT_FOUND


class ConflictError(SurveyError):
    """The object is in a state that does not allow this step."""

    status = HTTPStatus.CONFLICT


class InputError(SurveyError):
    """A file, a row or a field is wrong; the message names which."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RefusedError(SurveyError):
    """The input is in order, but statistics cannot answer honestly."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ForbiddenError(SurveyError):
    """Logged in, but not allowed."""

    status = HTTPStatus.FORBIDDEN


class GatewayError(Exception):
    """A gateway could not take a message. `outcome` says whether the phone may ring all the same.

    `not_sent` is certain and may be tried again, `refused` is certain and final, `unknown` means that bytes
    went out and no answer came back: such a message is never sent again by a machine.
    """

    def __init__(self, outcome: str, reason: str) -> None:
        if outcome not in {"not_sent", "refused", "unknown"}:
            raise ValueError(f"`outcome` must be not_sent, refused or unknown; got {outcome!r}")
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
