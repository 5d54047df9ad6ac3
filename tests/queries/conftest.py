"""A garden over a database of one's own."""

import pytest

from app.store.database import Database
from tests.queries.planting import Garden


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)
