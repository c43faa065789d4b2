"""The tables. Import models from here."""

from survey.models.agency import Agency, AgencyLevel, AgencySuccessor, Procedure
from survey.models.contact import Contact, PhoneKind, Suppression
from survey.models.dossier import ApplicantType, Channel, Dossier, DossierChange
from survey.models.feedback import FeedbackCase, FeedbackState
from survey.models.instrument import InstrumentVersion
from survey.models.interview import CallAttempt, CallOutcome, InterviewCase, Place
from survey.models.invitation import Invitation
from survey.models.kiosk import KioskDevice, KioskSetAside, SetAsideReason
from survey.models.message import (
    FINAL_MESSAGE_STATES,
    MESSAGE_TRANSITIONS,
    GatewayState,
    InboundMessage,
    InboundState,
    Message,
    MessageKind,
    MessageState,
    Receipt,
)
from survey.models.paper import PaperEntry, PaperForm, PaperState
from survey.models.report import DomainLevel, Estimate, EstimationRun, Release, ReleaseState
from survey.models.response import Response, ResponseMode, ResponseRevision, ResponseState
from survey.models.user import AppMeta, AuditEvent, LoginFailure, Role, User
from survey.models.wave import (
    WAVE_TRANSITIONS,
    DispositionEvent,
    FrameSnapshot,
    SampleUnit,
    Wave,
    WaveKind,
    WaveState,
)

__all__ = [
    "FINAL_MESSAGE_STATES",
    "MESSAGE_TRANSITIONS",
    "WAVE_TRANSITIONS",
    "Agency",
    "AgencyLevel",
    "AgencySuccessor",
    "AppMeta",
    "ApplicantType",
    "AuditEvent",
    "CallAttempt",
    "CallOutcome",
    "Channel",
    "Contact",
    "DispositionEvent",
    "DomainLevel",
    "Dossier",
    "DossierChange",
    "Estimate",
    "EstimationRun",
    "FeedbackCase",
    "FeedbackState",
    "FrameSnapshot",
    "GatewayState",
    "InboundMessage",
    "InboundState",
    "InstrumentVersion",
    "InterviewCase",
    "Invitation",
    "KioskDevice",
    "KioskSetAside",
    "LoginFailure",
    "Message",
    "MessageKind",
    "MessageState",
    "PaperEntry",
    "PaperForm",
    "PaperState",
    "PhoneKind",
    "Place",
    "Procedure",
    "Receipt",
    "Release",
    "ReleaseState",
    "Response",
    "ResponseMode",
    "ResponseRevision",
    "ResponseState",
    "Role",
    "SampleUnit",
    "SetAsideReason",
    "Suppression",
    "User",
    "Wave",
    "WaveKind",
    "WaveState",
]
