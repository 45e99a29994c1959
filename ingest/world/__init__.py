"""This module owns the door to the simulated world: seeded, with a known truth, speaking to ingest as platforms do.

    world = world_for("arbitrage", now)                # a pure function of kind, seed, start day and scale
    player = Player(world, "http://127.0.0.1:8080", secrets)
    player.play_history(now)                           # 28 days, fast
    player.play_live(now, rate=5.0)                    # from now on, until `player.stop` is set

`world.truth` is what a perfect analysis would find; `player.ledger` and `world.ledger(...)` are what was sent.
"""

from ingest.world.ledger import Ledger, Tally, Totals
from ingest.world.parcel import Parcel
from ingest.world.player import Played, Player, Progress
from ingest.world.post import PostError
from ingest.world.senders import WorldSender, fresh_secrets, toml_settings
from ingest.world.spend import Spend
from ingest.world.stream import HISTORY_DAYS, World, world_for
from ingest.world.truth import Account, Ad, Campaign, TrueCreative

__all__ = [
    "HISTORY_DAYS",
    "Account",
    "Ad",
    "Campaign",
    "Ledger",
    "Parcel",
    "Played",
    "Player",
    "PostError",
    "Progress",
    "Spend",
    "Tally",
    "Totals",
    "TrueCreative",
    "World",
    "WorldSender",
    "fresh_secrets",
    "toml_settings",
    "world_for",
]
