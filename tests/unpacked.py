"""Where `make setup` and `make test` unpack programs that this machine lacks."""

import os

from app.config import ROOT

UNPACKED = ROOT / (os.environ.get("HALLA_DATA_DIR") or ".halla")
POSTGRESQL = UNPACKED / "postgresql"
