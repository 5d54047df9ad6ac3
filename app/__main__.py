"""`python -m app` is the command `halla`.

Loading the program takes a while, so Ctrl-C is heard before it: until then nothing is there that had to be tidied up.
"""

import os
import signal
from types import FrameType


def main() -> None:
    """Entry point of the command `halla`."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else whoever started it wants it deaf
        signal.signal(signal.SIGINT, _leave)
    from app.cli import halla

    signal.signal(signal.SIGINT, before)
    halla()


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
