"""OCPP 2.0.1, and all of 2.1 that says the same."""
