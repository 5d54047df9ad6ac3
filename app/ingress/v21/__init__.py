"""What OCPP 2.1 adds to 2.0.1. Its schemas are a superset, so everything of `v2` holds; additions come here.

None is handled yet: `app.ingress.coverage` lists what 2.1 has beyond.
"""

from __future__ import annotations

from app.ingress.block import ReceivesTable, SendsTable

RECEIVES: ReceivesTable = {}
SENDS: SendsTable = {}
