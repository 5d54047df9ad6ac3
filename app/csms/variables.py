"""What the system does when a station tells of its device model."""

from app.csms.batch import Batch
from app.domain.reports import Answer, Received, VariablesReported


def on_variables(batch: Batch, received: Received) -> Answer:
    """B07: keep each part as it comes; series may arrive incomplete."""
    report = received.report
    assert isinstance(report, VariablesReported)
    batch.station(received.station_id)
    batch.variables.extend(
        (received.station_id, variable, received.at) for variable in report.variables
    )
    return Answer()
