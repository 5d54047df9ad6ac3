"""What the system does when a station tells of its device model."""

from app.csms.batch import Batch
from app.domain.reports import Answer, Received, VariablesReported
from app.store.variables import save_variables


def on_variables(batch: Batch, received: Received) -> Answer:
    """B07: keep each part as it comes; series may arrive incomplete."""
    report = received.report
    assert isinstance(report, VariablesReported)
    batch.station(received.station_id)
    for variable in report.variables:
        batch.add(save_variables, (received.station_id, variable, received.at))
    return Answer()
