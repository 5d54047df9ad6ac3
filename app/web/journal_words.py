"""How an exchange of the journal ended, as people read it. The filter and the files keep the words as they came."""

from app.web.i18n import N_
from app.web.words import word

ANSWERS = {
    "Answered": N_("Answered"),
    "Accepted": N_("Accepted"),
    "Rejected": N_("Rejected"),
    "Pending": N_("Pending"),
    "Scheduled": N_("Scheduled"),
    "Failed": N_("Failed"),
    "NotSupported": N_("Not supported"),
    "NotImplemented": N_("Not implemented"),
    "NotFound": N_("Not found"),
    "Unknown": N_("Unknown"),
    "Invalid": N_("Invalid"),
    "Blocked": N_("Blocked"),
    "Expired": N_("Expired"),
    "Occupied": N_("Occupied"),
    "Faulted": N_("Faulted"),
    "Unavailable": N_("Unavailable"),
    "EmptyResultSet": N_("Nothing found"),
    "NoProfiles": N_("No profile"),
    "Unlocked": N_("Unlocked"),
    "UnlockFailed": N_("Could not be unlocked"),
    "RebootRequired": N_("Needs a restart"),
    "VersionMismatch": N_("Version mismatch"),
}
"""Status words of answers; one that is not here is shown as it came."""

ERROR_CODES = (
    "FormatViolation",
    "FormationViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "OccurenceConstraintViolation",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
)
"""The protocol's own words, the same in every language."""


def ending(outcome: str | None) -> str:
    """The outcome of an exchange."""
    return word(outcome, ANSWERS)
