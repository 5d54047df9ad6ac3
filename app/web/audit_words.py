"""The audit log's actions and subjects as people read them. What is not listed is shown as it is."""

from urllib.parse import quote

from app.web.i18n import N_, gettext
from app.web.words import COMMAND, COMMAND_STATUS, word

ACTIONS = {
    "account.create": N_("User added"),
    "account.create_sign_in_link": N_("Sign-in link created"),
    "account.disable": N_("User disabled"),
    "account.enable": N_("User let in again"),
    "account.remove": N_("User deleted"),
    "account.set_password": N_("Password set"),
    "account.set_role": N_("Role changed"),
    "account.sign_in": N_("Signed in"),
    "account.sign_in_failed": N_("Sign-in failed"),
    "account.sign_out": N_("Signed out"),
    "alert.acknowledge": N_("Alert acknowledged"),
    "alert.reopen": N_("Alert opened again"),
    "api_key.create": N_("API key created"),
    "api_key.revoke": N_("API key revoked"),
    "connector.rename": N_("Connector renamed"),
    "history.remove": N_("Simulated past removed"),
    "history.simulate": N_("Past simulated"),
    "register": N_("Sites and chargers registered from a file"),
    "session.close": N_("Session closed by hand"),
    "simulator.connect": N_("Browser simulator connected"),
    "site.create": N_("Site added"),
    "site.remove": N_("Site deleted"),
    "site.write": N_("Site changed"),
    "station.credentials": N_("Credentials of a charger changed"),
    "station.create": N_("Charger added"),
    "station.forget_findings": N_("Deviations counted anew"),
    "station.place": N_("Charger placed"),
    "station.registration": N_("Charger let in or kept out"),
    "station.remove": N_("Charger deleted"),
    "station.security_profile": N_("Security profile required"),
    "station.set_habits": N_("Handling of mistakes changed"),
    "station.write": N_("Charger changed"),
    "tag.create": N_("Charge tag added"),
    "tag.delete": N_("Charge tag deleted"),
    "tag.import": N_("Charge tags imported"),
    "tag.write": N_("Charge tag changed"),
    "tariff.create": N_("Tariff added"),
    "tariff.write": N_("Tariff changed"),
    "vendor.remove": N_("Vendor data no longer taken"),
    "vendor.write": N_("Vendor data taken"),
}
SUBJECTS = {
    "account": N_("User"),
    "alert": N_("Alert"),
    "api_key": N_("API key"),
    "session": N_("Session"),
    "site": N_("Site"),
    "sites": N_("Sites"),
    "station": N_("Charger"),
    "tag": N_("Charge tag"),
    "tags": N_("Charge tags"),
    "tariff": N_("Tariff"),
    "vendor": N_("Vendor"),
}
"""What the first part of a subject means."""
ACTORS = {
    "certificate authority": N_("Certificate authority"),
    "halla": "Halla",
    "smart charging": N_("Smart charging"),
    "unknown": N_("Unknown"),
}
"""Who is no person and no program's key."""
COMMAND_PREFIX = "command."
DONE = "done"


def action_title(action: str) -> str:
    """What was done."""
    if action.startswith(COMMAND_PREFIX):
        return word(action.removeprefix(COMMAND_PREFIX), COMMAND)
    return word(action, ACTIONS)


def subject_title(subject: str) -> str:
    """To what it was done; `account:kim` reads as: User kim."""
    noun, _, name = subject.partition(":")
    return f"{word(noun, SUBJECTS)} {name}".strip() if noun in SUBJECTS else subject


def actor_title(actor: str) -> str:
    """Who did it."""
    return word(actor, ACTORS)


def outcome_title(outcome: str) -> str:
    """What came of it."""
    return gettext(N_("Done")) if outcome == DONE else word(outcome, COMMAND_STATUS)


def address_of(subject: str) -> str | None:
    """Where the subject can be looked at; None where it has no page."""
    noun, _, name = subject.partition(":")
    if not name:
        return None
    known = {
        "station": f"/stations/{quote(name, safe='')}",
        "session": f"/sessions/{quote(name, safe='')}",
        "account": f"/users/edit?name={quote(name, safe='')}",
    }
    return known.get(noun)
