"""Alerts as people read them: a title, and what one has to know besides."""

from app.queries.alerts import Alert, AlertKind
from app.web.format import duration, energy, moment, power
from app.web.i18n import N_, gettext, ngettext
from app.web.refusals import in_this_language
from app.web.words import COMMAND_STATUS, JOB, word

TITLES = {
    "faulted": N_("Charger faulted"),
    "offline_charging": N_("Connection lost while charging"),
    "offline": N_("Charger offline"),
    "no_progress": N_("Charging without progress"),
    "unmetered": N_("Session without energy"),
    "limit_refused": N_("Power limit not accepted"),
    "limit_exceeded": N_("Power above the accepted limit"),
    "overload": N_("Site above its grid limit"),
    "security": N_("Security event"),
    "certificate": N_("Certificate runs out"),
    "refused": N_("Connection refused"),
    "job_failed": N_("Firmware or log job failed"),
    "event": N_("The charger’s own alarm"),
    "clock_ahead": N_("The charger’s clock is ahead"),
    "waiting": N_("New charger waits for approval"),
}
SEVERITY = {
    "critical": N_("Critical|alert"),
    "warning": N_("Warning|alert"),
    "notice": N_("Notice|alert"),
}


def title_of(row: Alert) -> str:
    """What an alert is about."""
    if row.kind == AlertKind.CERTIFICATE and row.until is not None and row.until <= row.since:
        return gettext("Certificate has run out")
    return word(row.kind, TITLES)


def detail_of(row: Alert) -> str:
    """What one has to know besides, in a sentence or the station's own words."""
    detail = row.detail or ""
    if row.kind == AlertKind.REFUSED:
        detail = in_this_language(detail)
    if row.kind in (AlertKind.OFFLINE_CHARGING, AlertKind.NO_PROGRESS):
        values = {"id": detail[:20], "energy": energy(row.value)}
        return gettext("Session %(id)s, %(energy)s so far") % values
    if row.kind == AlertKind.UNMETERED:
        said = gettext("Session %(id)s: up to %(power)s measured, but no energy, so none is billed")
        detail = said % {"id": detail[:20], "power": power(row.value)}
    if row.kind == AlertKind.LIMIT_REFUSED:
        return f"{power(row.value)} · {word(detail, COMMAND_STATUS)}"
    if row.kind in (AlertKind.LIMIT_EXCEEDED, AlertKind.OVERLOAD):
        values = {"power": power(row.value), "limit": power(row.threshold)}
        return gettext("%(power)s measured, %(limit)s allowed") % values
    if row.kind == AlertKind.CLOCK_AHEAD:
        said = gettext("by %(time)s; its sessions may be counted on a wrong day")
        return said % {"time": duration(round((row.value or 0) / 60) * 60)}
    if row.kind == AlertKind.CERTIFICATE:
        return f"{detail} · {moment(row.until, row.time_zone)}"
    if row.kind == AlertKind.JOB_FAILED:
        return f"{word(row.part, JOB)} · {detail}"
    if row.times > 1:
        often = ngettext("%(num)s time", "%(num)s times", row.times) % {"num": row.times}
        return f"{detail} · {often}"
    return detail
