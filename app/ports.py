"""Whether the addresses of Halla's doors are free, and what to say when one is not."""

import errno
import os
import socket

from app.config import Settings
from app.domain.errors import CsmsError


class StartError(CsmsError):
    """Halla cannot start."""

    code = "cannot_start"


def refuse_taken_ports(settings: Settings, *, stations: bool, people: bool) -> None:
    """Before anything is touched: a second start must not declare the first one's stations offline.

    Raises StartError.
    """
    doors = (
        ("OCPP", stations, settings.ocpp_host, settings.ocpp_port),
        ("OCPP_TLS", stations, settings.ocpp_host, settings.ocpp_tls_port),
        ("HTTP", people, settings.http_host, settings.http_port),
    )
    for door, wanted, host, port in doors:
        if not wanted or port is None:
            continue
        try:
            with socket.socket(family(host)) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((host, port))
        except OSError as error:
            raise port_taken(door, port, error) from error


def family(host: str) -> socket.AddressFamily:
    """Of which kind an address is."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def ocpp_port_taken(settings: Settings, error: OSError) -> StartError:
    """The event loop's error names the address that it could not bind."""
    if settings.ocpp_tls_port is not None and f", {settings.ocpp_tls_port})" in str(error):
        return port_taken("OCPP_TLS", settings.ocpp_tls_port, error)
    return port_taken("OCPP", settings.ocpp_port, error)


def port_taken(door: str, port: int, error: OSError) -> StartError:
    """Why a port cannot be opened, in the system's words, and what helps."""
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else error.strerror or error  # names' are below zero
    if number == errno.EADDRINUSE:
        advice = f"Is Halla running already? Else set HALLA_{door}_PORT to a free port."
    elif number == errno.EACCES:
        advice = f"Set HALLA_{door}_PORT to 1024 or more."
    else:
        advice = f"Set HALLA_{door.removesuffix('_TLS')}_HOST to an address of this machine."
    return StartError(f"Port {port} cannot be opened ({reason}). {advice}")
