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
    parser.addoption(
        "--removals", type=int, default=2, help="rights per profile that are taken away in turn"
    )
