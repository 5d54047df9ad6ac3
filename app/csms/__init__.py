"""The living room: what the system does. Knows domain, store and bus; neither HTTP nor OCPP."""
