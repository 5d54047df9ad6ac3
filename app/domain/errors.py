"""One family of errors. The docstring is the default message; `code` is for programs, `status` for HTTP.

Turned into CALLERROR, HTTP answer and toast in exactly three tables, one per door.
"""


class CsmsError(Exception):
    """Something went wrong."""

    code = "internal_error"
    status = 500

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__)
        self.details = details

    @property
    def message(self) -> str:
        """The sentence for a person."""
        return str(self.args[0])


class NotFound(CsmsError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class StationNotFound(NotFound):
    """There is no charging station with this id."""

    code = "station_not_found"


class TransactionNotFound(NotFound):
    """There is no such transaction."""

    code = "transaction_not_found"


class StationOffline(CsmsError):
    """The charging station is not connected; try again when it is online."""

    code = "station_offline"
    status = 409


class NotSupported(CsmsError):
    """This charging station's protocol version has no such call."""

    code = "not_supported"
    status = 409


class Conflict(CsmsError):
    """This cannot be done in the present state."""

    code = "conflict"
    status = 409


class Invalid(CsmsError):
    """The input is not valid."""

    code = "invalid"
    status = 422


class NoAnswer(CsmsError):
    """The charging station did not answer in time."""

    code = "no_answer"
    status = 504


class Unavailable(CsmsError):
    """The database cannot be reached at the moment; nothing was changed, try again shortly."""

    code = "unavailable"
    status = 503


class Locked(CsmsError):
    """Somebody else is changing this at the moment; nothing was changed, try again shortly."""

    code = "locked"
    status = 503


class NotSignedIn(CsmsError):
    """Sign in, or send an API key."""

    code = "not_signed_in"
    status = 401


class NotAllowed(CsmsError):
    """Your role does not allow this."""

    code = "not_allowed"
    status = 403


class NotRegistered(CsmsError):
    """This charging station is not accepted yet; an admin has to accept it first."""

    code = "not_registered"
    status = 409
