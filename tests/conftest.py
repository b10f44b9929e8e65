"""What every test may use: the catalogue that ships, and a simulated PSA on a real socket."""

import pytest

from auditor.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--roles", type=int, default=50, help="random roles that the soundness test tries"
    )
