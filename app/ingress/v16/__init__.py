"""OCPP 1.6. Connector n is EVSE n, connector 1; connector 0 is EVSE 0, the whole station.

Transaction ids are numbers on its wire, and issued by the CSMS.
"""
