"""Why something was refused, as a person reads it: the sentences of the rooms behind, in the request's language.

Those rooms speak English, to programs too (docs/api.md). A catalogue finds a sentence by its letters, and one that was
made of parts by what stands between them. Both are held to the letter by a test; what is in neither stays English:
it is what only programs are told.
"""

import re
from functools import cache

from app.web.i18n import N_, gettext

SPECIFIC = (
    N_("Nothing is charging at this station."),
    N_("This transaction has ended already."),
    N_("This charge tag is blocked; nothing was sent."),
    N_("This charge tag has expired; nothing was sent."),
    N_("This charge tag may not charge; nothing was sent."),
    N_("Nothing is charging at this station, so there is no session to limit."),
    N_("User name or password is wrong."),
    N_("The present password is wrong."),
    N_("This session has ended already."),
    N_("The charger spoke of this session within the last 15 minutes; stop it instead."),
    N_("A password has 8 to 1024 characters."),
    N_("A user name has 1 to 64 printable characters and no space at its ends."),
    N_("The name of a key has 1 to 64 printable characters."),
    N_("This is the last admin; make somebody else an admin first."),
    N_("This sign-in link was used already or is too old. Ask for a new one."),
    N_("Too many passwords are being checked at the moment; try again shortly."),
    N_("Checking the password took too long, the server is busy; try again shortly."),
    N_(
        "Somebody else has just written the same; nothing was changed. Look at it before you try again."
    ),
    N_("This holds a character or a number that cannot be stored."),
    N_("What was asked for holds a character or a number that cannot be looked up."),
    N_("A station's password has 16 to 64 characters."),
    N_("An id token has 1 to 36 characters."),
    N_("Nothing is charging at this EVSE; a TxProfile needs a transaction."),
    N_("Nobody has acknowledged this alert."),
    N_("A reservation ends in the future."),
    N_("Send the root certificate."),
    N_("Name the customer by an id token, an identifier or a certificate."),
    N_("Ask for a report, for clearing, or for both."),
    N_("Signed firmware needs both the signing certificate and the signature."),
    N_("This is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)."),
    N_("Say which alert is meant."),
    N_("The moment when a token expires needs a time zone."),
    N_("A token expires between 1970 and 9998; one without a date never does."),
    N_("Only root certificates are installed; the others are signed."),
    N_("Profiles are cleared by one id, or by EVSE, purpose and stack level."),
    N_("Name a profile's id, or criteria; not both."),
    N_("Name a profile's id, an EVSE, a purpose or a stack level."),
    N_("A message ends after it has started."),
    N_("The system is busy; send this again shortly."),
    N_("Say which tokens to change; only a full list can be made of all tokens."),
    N_("Name at least one monitor."),
    N_("Name at least one variable."),
    N_("Too many questions to other servers wait; try again shortly."),
    N_("A site needs a place on the map."),
    N_("A site needs a name."),
    N_("A grid limit is more than 0 kW."),
    N_("A tariff needs a name."),
    N_("A currency has three letters, like KRW or EUR."),
    N_("A price is not less than nothing."),
    N_("A schedule has periods, the first of which starts at 0 s."),
    N_("Each period of a schedule starts after the one before."),
    N_("A limit is 0 or more."),
    N_("A ChargingStationMaxProfile is for the station: EVSE 0."),
    N_("A ChargingStationMaxProfile needs a start."),
    N_("A TxProfile is for a transaction at an EVSE."),
    N_("Only a TxProfile names a transaction."),
    N_("A recurring profile needs a start."),
    N_("Too many commands wait for this station; try again shortly."),
    N_("This station's protocol resets the whole station only."),
    N_("This station's protocol reserves a connector, not a type of plug."),
    N_("This station's protocol lists one kind of certificate at a time."),
    N_("This station installs firmware as soon as it has it; leave out install_at."),
    N_("This takes too long at the moment; send it again shortly."),
    N_("The authority's answer is no certificate in PEM form."),
    N_("The authority's certificate is for another key."),
    N_("The authority's certificate is for another station."),
    N_("The signing request cannot be read: it has to be PKCS #10 in PEM form."),
    N_("The signing request's own signature is wrong."),
    N_("The signing request's key is neither RSA nor of an elliptic curve."),
    N_("A charger’s id has 1 to 48 letters, digits or * - _ = : + | @ ."),
    N_("This ticket was used already or is too old; press Connect again."),
    N_("This ticket is for another charger or from another page."),
    N_("This transaction does not run, or has no tariff."),
    N_("A remote start takes a TxProfile without a transaction."),
    N_("A remote start takes a TxProfile, no other purpose."),
    N_("This station's protocol sets one key per call; send them one by one."),
    N_("Name the address under which the station shall connect (`url`)."),
    N_("Security profiles 2 and 3 need an address that starts with wss://."),
    N_("This station says Accepted to every call and does nothing of this one."),
    N_("The station has no local lists."),
    N_("Sec-WebSocket-Protocol is unreadable."),
    N_("The proxy says that a certificate is good, but sends none in X-SSL-Client-Cert."),
    N_(
        "Who are you? Connect to /<station id>, or send a BootNotification with the serial number"
        " SN-<station id>-<number> first."
    ),
    N_("`before` is not the `next` of a page."),
    N_("a password (set one for it)"),
    N_("TLS (wss://) and a password"),
    N_("TLS (wss://) and a certificate of its own"),
    N_("the TLS version is too old, 1.2 or 1.3 is needed"),
    N_("it does not speak TLS"),
    N_("no cipher suite is common to both"),
    N_("its certificate is not good"),
    N_("it does not believe our certificate"),
    N_("it did not finish the handshake"),
    N_("the connection was lost in the handshake"),
)
"""Said as they are."""

MADE_OF_PARTS = (
    N_("The station did not answer within %(seconds)s s."),
    N_("A note has at most %(most)s characters."),
    N_("A token has 1 to %(most)s printable characters and no space at its ends."),
    N_("%(type)s is no kind of token: %(types)s."),
    N_("There is a token %(token)s already."),
    N_("There is no token %(token)s."),
    N_("There is no id token %(token)s."),
    N_("There is no account %(name)s."),
    N_("There is no account %(name)s, or it is disabled."),
    N_("There is no key %(name)s."),
    N_("%(station)s has no certificate %(number)s."),
    N_("There is a charger %(station)s already."),
    N_("There is no session %(number)s."),
    N_("There is no transaction %(number)s."),
    N_("A connector's name has 1 to %(most)s letters."),
    N_("%(station)s has no connector %(evse)s.%(connector)s."),
    N_("A message has 1 to %(most)s characters."),
    N_("A list has at most %(most)s entries."),
    N_("%(station)s has no active reservation %(number)s."),
    N_("EVSE %(evse)s is reserved for somebody else."),
    N_("A session runs at %(stations)s; stop it first."),
    N_("There is no site %(site)s."),
    N_(
        "%(count)s chargers stand at %(site)s; move them or remove them first, or remove them with the site."
    ),
    N_("A station's password has %(least)s to %(most)s letters, digits and signs."),
    N_("%(station)s has security profile %(number)s already; it is not lowered from here."),
    N_("%(station)s needs a password first, for security profiles 1 and 2."),
    N_("A security profile is a number from %(least)s to %(most)s."),
    N_("%(zone)s is no time zone; write one like Asia/Seoul."),
    N_("There is no tariff %(tariff)s; name one that exists."),
    N_("There is no tariff %(tariff)s."),
    N_("A limit for %(station)s lies between 0 and %(most)s kW."),
    N_("%(station)s cannot be a station's id (1 to 48 letters, digits or *-_=:+|@.)."),
    N_("There is no charging station %(station)s."),
    N_("There is no command %(number)s."),
    N_("This station's protocol cannot be asked for %(message)s."),
    N_("There is an account %(name)s already; choose another name."),
    N_("A key has at least %(least)s characters; leave it out to get one."),
    N_("There is a key %(name)s already; choose another name."),
    N_("There is no certificate authority in %(folder)s; run `halla tls init`."),
    N_("The certificate authority in %(folder)s cannot be read: %(error)s."),
    N_("%(quirk)s cannot be chosen; there are %(quirks)s."),
    N_("%(station)s was removed; register it again if it may connect after all."),
    N_(
        "%(station)s was rejected by an admin; set its registration to accepted if it may connect after all."
    ),
    N_(
        "%(station)s is not registered; add it with `halla seed`, or set HALLA_UNKNOWN_STATIONS=pending to"
        " let it wait for a person's yes."
    ),
    N_(
        "%(station)s is not registered, and %(most)s others wait already; accept or reject some of them first."
    ),
    N_("%(host)s did not answer within %(seconds)s s."),
    N_("%(host)s answered %(status)s."),
    N_("%(host)s does not answer: %(error)s."),
    N_("%(host)s answers too much, or too slowly."),
    N_("The authority's chain is longer than %(most)s characters."),
    N_("It did not reach the station: %(why)s"),
    N_("The signing request is for %(name)s; its common name has to be the station's id."),
    N_("The signing request's key is too weak (%(bits)s bits)."),
    N_(
        "%(station)s is connected. The simulator would push it out; use another id, or disconnect it first."
    ),
    N_("There is no site %(site)s; name one that exists."),
    N_(
        "%(station)s has a password: send it with HTTP Basic authentication, the user being the station's id."
    ),
    N_(
        "%(station)s has to connect with security profile %(number)s, that is %(wanted)s; this connection"
        " has profile %(present)s."
    ),
    N_(
        "%(station)s shows a certificate of %(names)s; its common name, or an alternative name, has to be"
        " the station's id."
    ),
    N_(
        "%(station)s shows another certificate (SHA-256 %(shown)s) than the one that was written down for"
        " it; write this one down, or none."
    ),
    N_(
        "A page of %(origin)s may not speak as a charging station. Use Halla's own simulator at /simulator,"
        " or name this origin in HALLA_BROWSER_ORIGINS."
    ),
    N_("None of the offered subprotocols (%(offered)s) is spoken here; offer one of %(known)s."),
    N_("No subprotocol is offered; offer one of %(known)s."),
    N_("its certificate is not good: %(error)s"),
    N_("%(action)s is not valid: %(fault)s."),
    N_("The payload cannot be written as JSON: %(error)s."),
    N_("%(protocol)s has no %(action)s."),
    N_("OCPP %(version)s has no %(action)s."),
    N_("%(word)s is not an OCPP action."),
    N_("The station's answer is not valid: %(fault)s"),
    N_(
        "%(action)s would be %(bytes)s bytes long, and this station reads %(most)s at most: ask for less at"
        " a time (fewer periods, entries or variables)."
    ),
    N_("%(transaction)s is no transaction of this station."),
    N_("This station's protocol knows no %(use)s."),
    N_(
        "%(purpose)s is set by other systems, never by a CSMS; use ChargingStationMaxProfile,"
        " TxDefaultProfile or TxProfile."
    ),
    N_("A vendor's id has 1 to %(most)s characters."),
    N_("There is no vendor %(vendor)s."),
    N_("There is no job %(number)s."),
    N_("%(station)s has no transaction %(transaction)s."),
)
"""`%(name)s` stands for what is different each time. The longer of two that fit is taken."""

SENTENCES_INSIDE = frozenset({"why", "wanted"})
"""Parts that are sentences of the same rooms, or halves of one."""

SHAPES = {"action": r"\w+", "host": r"[\w.:\[\]-]+", "protocol": r"ocpp[\d.]+", "status": r"\d+"}
"""What a part has to look like, where what is around it is in a station's own words too."""


def in_this_language(sentence: str) -> str:
    """`sentence` of another room in the request's language; itself where no translation is known."""
    translated = gettext(sentence)
    if translated != sentence:
        return translated
    for template, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            parts = found.groupdict()
            inside = {
                part: in_this_language(parts[part]) for part in SENTENCES_INSIDE & parts.keys()
            }
            return gettext(template) % (parts | inside)
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, _pattern(each)) for each in sorted(MADE_OF_PARTS, key=len, reverse=True))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", template)
    return re.compile(
        "".join(
            f"(?P<{part}>{SHAPES.get(part, '.*')})" if at % 2 else re.escape(part)
            for at, part in enumerate(parts)
        ),
        re.DOTALL,
    )
