"""What every test may use: the catalogue that ships, and a simulated PSA on a real socket."""

import pytest

from auditor.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()
