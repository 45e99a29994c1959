"""This module owns the two told worlds that the acceptance tests look at, each built once per session."""

import pytest
from acceptance import arbitrage as arbitrage_world
from acceptance import shop as shop_world
from acceptance.arbitrage import Arbitrage
from acceptance.shop import Shop


@pytest.fixture(scope="session")
def arbitrage(tmp_path_factory: pytest.TempPathFactory) -> Arbitrage:
    """Three networks and two feeds, in dollars."""
    return arbitrage_world.tell(tmp_path_factory.mktemp("arbitrage"), seed=1, order=1)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same networks and one shop, in euros."""
    return shop_world.tell(tmp_path_factory.mktemp("shop"), seed=1, order=1)
