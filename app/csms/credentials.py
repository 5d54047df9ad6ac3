"""What the system keeps of how a station proved who it is. Deciding about it is the door's business."""

from app.csms.batch import Batch
from app.domain.reports import Received, StationConnected
from app.store.security import CredentialRow, save_credentials, save_passwords


def note_credentials(batch: Batch, received: Received) -> None:
    """A station connected: with which security profile, by which certificate, with a new password or not."""
    report = received.report
    assert isinstance(report, StationConnected)
    if report.profile is None:
        return
    row = CredentialRow(
        station_id=received.station_id,
        profile=report.profile,
        certificate_serial=report.certificate_serial,
        certificate_expires_at=report.certificate_expires_at,
        seen_at=received.at,
    )
    batch.add(save_credentials, row)
    if report.new_password_hash is not None:
        batch.add(save_passwords, (received.station_id, report.new_password_hash))
