"""What a person can choose about Halla, read from environment variables.

Every setting is one field of `Settings`; its name, its default and its description stand beside it,
and the README's table is generated from them (`settings_table`). This module reads and checks; it
opens nothing and imports nothing of the program. It is long because all settings are one table: a
field, how it is read and what it means stand together. Where a missing `HALLA_DATABASE_URL` leads is
`app.store.embedded`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: `templates/`, `static/`, `alembic/` and `seed_data/` lie directly under it."""

UnknownStations = Literal["reject", "pending", "accept"]
MapTiles = Literal["osm", "vworld", "custom", "pmtiles", "none"]
Permitted = Literal["allow", "deny"]
Switch = Literal["on", "off"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

_UNKNOWN_STATIONS = ("reject", "pending", "accept")
_MAP_TILES = ("osm", "vworld", "custom", "pmtiles", "none")
_PERMITTED = ("allow", "deny")
_SWITCH = ("on", "off")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_TRUTHS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
_RESERVED_PREFIXES = ("HALLA_TEST_",)

MIN_PASSWORD, MAX_PASSWORD = 8, 1024
"""Characters, of any account's password."""


class SettingsError(Exception):
    """The environment holds mistakes; `mistakes` has one sentence for each of them."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field is called outside, how its text is read, and what it means to a person."""

    env: str
    default: str | None
    read: Callable[[str], object]
    description: str


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(choices: tuple[str, ...], fold: Callable[[str], str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if fold(text) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return fold(text)

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if urlsplit(text).scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(s + '://' for s in schemes)}")
        return text

    return read


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(","))
    except ValueError:
        raise ValueError("must be addresses or networks, separated by commas") from None


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(part.strip()) for part in text.split(","))


def _responders(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(","))
    for part in parts:
        if part != "*" and urlsplit(part).scheme not in ("http", "https"):
            raise ValueError("must be http:// or https:// addresses, separated by commas, or *")
    return parts


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in text.split(","))
    for origin in origins:
        parts = urlsplit(origin)
        if f"{parts.scheme}://{parts.netloc}" != origin or parts.scheme not in ("http", "https"):
            raise ValueError(
                "must be origins like https://maps.example.com, separated by commas;"
                " `*` is not one: name who may"
            )
    return origins


def _password(text: str) -> str:
    if not MIN_PASSWORD <= len(text) <= MAX_PASSWORD:
        raise ValueError(f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return text


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError("must be true or false")
    return _TRUTHS[text.lower()]


def _tiles_address(text: str) -> str:
    if not text.startswith(("https://", "http://", "/")):
        raise ValueError("must start with https://, http:// or / (a path on this server)")
    return text


def _setting(
    env: str,
    description: str,
    read: Callable[[str], object] = str,
    *,
    default: str | None = None,
    secret: bool = False,
) -> Any:  # a dataclass field stands in for a value of the field's own type
    return field(
        metadata={"setting": Setting(env, default, read, description)},
        repr=not secret,
    )


_port = _whole_number(1, 65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All choices, checked. Made by `read_settings`; secrets do not show in its repr."""

    database_url: str | None = _setting(
        "HALLA_DATABASE_URL",
        "PostgreSQL with PostGIS, e.g. `postgresql://user:password@host/halla`."
        " Unset: Halla runs a private PostGIS of its own inside the data directory.",
        _url("postgresql", "postgres", "postgresql+psycopg"),
        secret=True,
    )
    data_dir: Path = _setting(
        "HALLA_DATA_DIR",
        "Where Halla keeps its files: the private database and its programs, certificates, the protocol log.",
        Path,
        default=".halla",
    )
    http_host: str = _setting(
        "HALLA_HTTP_HOST",
        "Address the dashboard and the API listen on.",
        default="127.0.0.1",
    )
    http_port: int = _setting(
        "HALLA_HTTP_PORT", "Port of the dashboard and the API.", _port, default="8080"
    )
    ocpp_host: str = _setting(
        "HALLA_OCPP_HOST",
        "Address charging stations connect to; `0.0.0.0` opens it to the network.",
        default="127.0.0.1",
    )
    ocpp_port: int = _setting(
        "HALLA_OCPP_PORT", "Port charging stations connect to.", _port, default="9000"
    )
    ocpp_tls_port: int | None = _setting(
        "HALLA_OCPP_TLS_PORT",
        "Port for charging stations that connect with `wss://` (security profiles 2 and 3). Unset: none.",
        _port,
    )
    ocpp_tls_cert: tuple[Path, ...] | None = _setting(
        "HALLA_OCPP_TLS_CERT",
        "Certificate chain of that port, PEM; an ECDSA and an RSA one may stand together, separated by a"
        " comma. Unset: what `halla tls init` made.",
        _paths,
    )
    ocpp_tls_key: tuple[Path, ...] | None = _setting(
        "HALLA_OCPP_TLS_KEY", "The private key of each of these certificates, PEM.", _paths
    )
    ocpp_tls_client_ca: Path | None = _setting(
        "HALLA_OCPP_TLS_CLIENT_CA",
        "Whose certificates of stations are believed (security profile 3), PEM. Unset: those of Halla's"
        " own authority, which `halla tls init` makes.",
        Path,
    )
    cors_origins: tuple[str, ...] | None = _setting(
        "HALLA_CORS_ORIGINS",
        "Origins whose pages may call the API from a browser, e.g. `https://maps.example.com`, separated"
        " by commas; they bring a key, never a cookie. Unset: none.",
        _origins,
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] | None = _setting(
        "HALLA_TRUSTED_PROXIES",
        "Addresses or networks of proxies that end TLS before Halla, separated by commas; theirs are"
        " `X-Forwarded-For`, `X-Forwarded-Proto`, `X-SSL-Client-Verify` and `X-SSL-Client-Cert` believed.",
        _networks,
    )
    signing_url: str | None = _setting(
        "HALLA_SIGNING_URL",
        "An authority that signs stations' certificates: it is posted the request (PEM) and answers with"
        " the chain (PEM). Unset: Halla's own authority signs.",
        _url("http", "https"),
        secret=True,
    )
    v2g_signing_url: str | None = _setting(
        "HALLA_V2G_SIGNING_URL",
        "The same for certificates that stations show to cars (ISO 15118).",
        _url("http", "https"),
        secret=True,
    )
    ocsp_responders: tuple[str, ...] | None = _setting(
        "HALLA_OCSP_RESPONDERS",
        "OCSP responders that may be asked about certificates: beginnings of their addresses, separated"
        " by commas; `*`: whichever a station names. Unset: such questions are answered with Failed.",
        _responders,
    )
    ev_certificate_url: str | None = _setting(
        "HALLA_EV_CERTIFICATE_URL",
        "A service that answers cars' requests for contract certificates: it is posted the payload of"
        " Get15118EVCertificate as JSON. Unset: such requests are answered with Failed.",
        _url("http", "https"),
        secret=True,
    )
    admin_password: str | None = _setting(
        "HALLA_ADMIN_PASSWORD",
        "Password of the first account, `admin`, 8 to 1024 characters. Unset: one is made up and printed once.",
        _password,
        secret=True,
    )
    admin_api_key: str | None = _setting(
        "HALLA_ADMIN_API_KEY",
        "A key with which programs may use the API from the first minute.",
        secret=True,
    )
    unknown_stations: UnknownStations = _setting(
        "HALLA_UNKNOWN_STATIONS",
        "What happens to a charging station nobody registered: `reject`, `pending` (it waits for a"
        " person's yes) or `accept`.",
        _one_of(_UNKNOWN_STATIONS, str.lower),
        default="pending",
    )
    without_subprotocol: Permitted = _setting(
        "HALLA_WITHOUT_SUBPROTOCOL",
        "Whether a charging station may connect that offers no subprotocol (some simulators do that; they are"
        " taken for OCPP 2.0.1): `allow` or `deny`.",
        _one_of(_PERMITTED, str.lower),
        default="allow",
    )
    concurrent_transactions: Permitted = _setting(
        "HALLA_CONCURRENT_TRANSACTIONS",
        "Whether an id token may charge at two places at once: `allow` or `deny` (ConcurrentTx).",
        _one_of(_PERMITTED, str.lower),
        default="allow",
    )
    browser_origins: tuple[str, ...] | None = _setting(
        "HALLA_BROWSER_ORIGINS",
        "Origins (`https://host`, `null` for a file) whose pages may speak as charging stations, separated by"
        " commas; `*`: every page. Unset: only Halla's own simulator, for those who are signed in.",
        _words,
    )
    map_tiles: MapTiles = _setting(
        "HALLA_MAP_TILES",
        "Background map: `osm`, `vworld`, `custom`, `pmtiles`, or `none` (only the built-in one).",
        _one_of(_MAP_TILES, str.lower),
        default="osm",
    )
    map_tiles_url: str | None = _setting(
        "HALLA_MAP_TILES_URL",
        "Tile address for `custom` (with `{z}`, `{x}`, `{y}`) or the file for `pmtiles`.",
        _tiles_address,
    )
    map_tiles_attribution: str | None = _setting(
        "HALLA_MAP_TILES_ATTRIBUTION",
        "Whom the map thanks. Needed with `custom`.",
    )
    map_tiles_maxzoom: int = _setting(
        "HALLA_MAP_TILES_MAXZOOM",
        "Deepest zoom level the tiles have.",
        _whole_number(1, 22),
        default="19",
    )
    map_tiles_key: str | None = _setting(
        "HALLA_MAP_TILES_KEY",
        "Key for `vworld`. Browsers see it; it is bound to your domain.",
        secret=True,
    )
    nats_url: str | None = _setting(
        "HALLA_NATS_URL",
        "NATS server, e.g. `nats://127.0.0.1:4222`. Needed as soon as roles run in separate"
        " processes.",
        _url("nats", "tls", "ws", "wss"),
        secret=True,
    )
    journal: Switch = _setting(
        "HALLA_JOURNAL",
        "Whether every OCPP frame is kept, its secrets hidden: `on` or `off`.",
        _one_of(_SWITCH, str.lower),
        default="on",
    )
    journal_days: int = _setting(
        "HALLA_JOURNAL_DAYS",
        "For how many days frames are kept.",
        _whole_number(1, 3650),
        default="30",
    )
    strict: Switch = _setting(
        "HALLA_STRICT",
        "`on`: no station's mistake in a message is mended, each is answered with its error."
        " `off`: known ones are mended and counted, except for stations that are set to strict.",
        _one_of(_SWITCH, str.lower),
        default="off",
    )
    log_level: LogLevel = _setting(
        "HALLA_LOG_LEVEL",
        "How much is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.",
        _one_of(_LOG_LEVELS, str.upper),
        default="INFO",
    )
    protocol_debug: bool = _setting(
        "OCPP_PROTOCOL_DEBUG",
        "`true`: every OCPP frame of server and simulator is written, in 17 tags, to the protocol log.",
        _truth,
        default="false",
    )
    protocol_log_file: Path | None = _setting(
        "OCPP_LOG_FILE",
        "The protocol log's file; `-`: standard error. Unset: `ocpp_protocol_debug.log` in the data"
        " directory.",
        Path,
    )
    protocol_log_level: LogLevel = _setting(
        "OCPP_LOG_LEVEL",
        "How much of Halla's own log stands in that file beside the frames: `DEBUG`, `INFO`, `WARNING` or"
        " `ERROR`.",
        _one_of(_LOG_LEVELS, str.upper),
        default="INFO",
    )
    message_dump_dir: Path | None = _setting(
        "HALLA_MESSAGE_DUMP_DIR",
        "A directory for one protocol log per station, `ocpp_{station id}.log`; needs no"
        " `OCPP_PROTOCOL_DEBUG`.",
        Path,
    )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check every variable that is a setting; raise `SettingsError` with all mistakes at once.

    An empty variable counts as unset, as shells and compose files write it.
    """
    mistakes: list[str] = list(_unknown_names(environ))
    values: dict[str, object] = {}
    for each in fields(Settings):
        setting = _setting_of(each)
        text = environ.get(setting.env, "").strip() or setting.default
        try:
            values[each.name] = None if text is None else setting.read(text)
        except ValueError as mistake:
            shown = f", but it is {text!r}" if each.repr else ""
            mistakes.append(f"{setting.env} {mistake}{shown}.")
    mistakes.extend(_contradictions(values))
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return Settings(**values)  # type: ignore[arg-type]


def all_settings() -> tuple[Setting, ...]:
    """Every setting in the order a person reads them."""
    return tuple(_setting_of(each) for each in fields(Settings))


def settings_table() -> str:
    """Render the settings as the README's Markdown table."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for setting in all_settings():
        default = f"`{setting.default}`" if setting.default is not None else "unset"
        rows.append(f"| `{setting.env}` | {default} | {setting.description} |")
    return "\n".join(rows) + "\n"


def _setting_of(each: Field[Any]) -> Setting:
    setting: Setting = each.metadata["setting"]
    return setting


def _unknown_names(environ: Mapping[str, str]) -> list[str]:
    known = [setting.env for setting in all_settings()]
    mistakes = []
    for name in sorted(environ):
        if not name.startswith("HALLA_") or name in known or name.startswith(_RESERVED_PREFIXES):
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        hint = f"did you mean {near[0]}?" if near else "the README lists them."
        mistakes.append(f"{name} is not a setting of Halla; {hint}")
    return mistakes


def _contradictions(values: Mapping[str, object]) -> list[str]:
    """What each value allows by itself but the values together do not.

    A value that could not be read is absent here: it was reported already.
    """
    mistakes = []
    tiles, url = values.get("map_tiles"), values.get("map_tiles_url")
    if tiles == "vworld" and not values.get("map_tiles_key"):
        mistakes.append("HALLA_MAP_TILES=vworld needs HALLA_MAP_TILES_KEY, the key VWorld issued.")
    if tiles in ("custom", "pmtiles") and "map_tiles_url" in values and not url:
        mistakes.append(f"HALLA_MAP_TILES={tiles} needs HALLA_MAP_TILES_URL.")
    if tiles == "custom" and isinstance(url, str):
        missing = [part for part in ("{z}", "{x}", "{y}") if part not in url]
        if missing:
            mistakes.append(f"HALLA_MAP_TILES_URL lacks {', '.join(missing)}.")
    if tiles == "custom" and not values.get("map_tiles_attribution"):
        mistakes.append("HALLA_MAP_TILES=custom needs HALLA_MAP_TILES_ATTRIBUTION, whom to thank.")
    if tiles in ("osm", "vworld", "none") and url:
        mistakes.append(
            f"HALLA_MAP_TILES_URL is set, but HALLA_MAP_TILES={tiles} does not use it;"
            " set HALLA_MAP_TILES=custom or pmtiles, or unset the address."
        )
    certs, keys = values.get("ocpp_tls_cert"), values.get("ocpp_tls_key")
    if isinstance(certs, tuple) and isinstance(keys, tuple) and len(certs) != len(keys):
        mistakes.append(
            "HALLA_OCPP_TLS_CERT and HALLA_OCPP_TLS_KEY name different numbers of files."
        )
    elif (certs is None) != (keys is None):
        mistakes.append("HALLA_OCPP_TLS_CERT and HALLA_OCPP_TLS_KEY belong together; set both.")
    tls_port = values.get("ocpp_tls_port")
    if tls_port is not None and tls_port in (values.get("ocpp_port"), values.get("http_port")):
        mistakes.append("HALLA_OCPP_TLS_PORT is used by another door; give each its own port.")
    same_host = values.get("http_host") == values.get("ocpp_host")
    if same_host and "http_port" in values and values["http_port"] == values.get("ocpp_port"):
        mistakes.append("HALLA_HTTP_PORT and HALLA_OCPP_PORT are the same; give each its own port.")
    return mistakes
