"""Door 1: charging stations. OCPP becomes Reports here, and Commands become OCPP.

Nobody behind this door knows a version.
"""
