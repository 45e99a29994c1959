"""This module owns what the news change of texts and ads, and which rows of old read otherwise for it.

An ad may have a million clicks: none is read again. What is known of an ad is kept by ad and day, so the days that the
news touch are worked out anew, and only where the answer changes do the ad's other rows become news.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analytics.build import run_model
from analytics.incremental import touched
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.near import Near
from analytics.incremental.still import Still
from analytics.incremental.ways import grain, way
from analytics.incremental.worlds import NEXT, Worlds, same
from analytics.plan import MODELS

if TYPE_CHECKING:
    from analytics.build import Inputs

# Texts that mean another creative, or another state of text; a row may carry a text that no human had sent.
_VARIANTS = """
select key_hash from work.events where variant_id in (
  select variant_id from (
    (from work.texts except from next.texts) union all (from next.texts except from work.texts)) t)
"""
# Both small builds know all raw texts: an old creative must not turn out to have had a macro in it.
_PARTLY = """
select 1 from next.texts n join record.creative_variants v on v.variant_id = n.variant_id
join record.creative_variants o on o.creative_id = v.creative_id and o.variant_id <> v.variant_id
join work.texts w on w.variant_id = o.variant_id
where n.status = 'partial_macro' and n.variant_id not in (select variant_id from work.texts) limit 1
"""
_ADS = """
create table near.ads_changed as
select distinct network, ad_id from (
  select network, ad_id, account_id, campaign_id, adset_id, country from work.ads_known
  except select network, ad_id, account_id, campaign_id, adset_id, country from next.ads_known) a
"""
_OF_ADS = """
select e.key_hash from work.events e semi join near.ads_changed a on a.network = e.network and a.ad_id = e.ad_id
"""
_CAMPAIGNS = """
create table near.campaigns_changed as
select distinct network, campaign_id from (
  (from work.campaign_accounts except from next.campaign_accounts) union all
  (from next.campaign_accounts except from work.campaign_accounts)) c
"""
_AD_DAYS = """
create table near.ad_days_changed as
select distinct network, account_id, ad_id, day from (
  (from work.ad_day_texts except from next.ad_day_texts) union all
  (from next.ad_day_texts except from work.ad_day_texts)) d
"""
# What carries no text itself has the ad's of the day.
_LADDERED = """
select t.key_hash from work.laddered t
semi join (
  select network, account_id, ad_id, day from (
    (select network, account_id, ad_id, day, creative_id from work.ad_day_texts where texts = 1
     except select network, account_id, ad_id, day, creative_id from next.ad_day_texts where texts = 1)
    union all
    (select network, account_id, ad_id, day, creative_id from next.ad_day_texts where texts = 1
     except select network, account_id, ad_id, day, creative_id from work.ad_day_texts where texts = 1)) d
  union all
  select i.network, i.account_id, i.ad_id, d.day from (
    select network, account_id, ad_id, creative_id from next.ad_identities
    except select network, account_id, ad_id, creative_id from work.ad_identities) i
  join (select distinct day from work.laddered) d on true) c
  on c.network is not distinct from t.network and c.account_id is not distinct from t.account_id
  and c.ad_id = t.ad_id and c.day = t.day
where t.text_id is null
"""
_FLAGS = """
create table near.flags_changed as
select distinct network, ad_id, variant_id from (
  (from work.text_flags except from next.text_flags) union all
  (from next.text_flags except from work.text_flags)) f
"""
_FLAGGED = """
select e.key_hash from work.events e
semi join near.flags_changed f
  on f.network is not distinct from e.network and f.ad_id is not distinct from e.ad_id and f.variant_id = e.variant_id
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Works out, step by step, what is known of texts and ads now, in the database `next`."""

    connection: duckdb.DuckDBPyConnection
    near: Near
    worlds: Worlds
    inputs: "Inputs"

    def settle(self) -> None:
        """Bring `next` up to the news, and take every row near that reads otherwise for it."""
        self.near.copy()
        self.worlds.run(("events", "reports_now"))
        self._merge("events", "reports_now")
        self._anew("texts", "ads_told", "ad_mentions", "ads_known", "campaign_accounts")
        if self.connection.execute(_PARTLY).fetchone():
            raise NeedsFullBuildError("a creative turned out to be a text with a macro in it")
        self.connection.execute(_ADS)
        self.connection.execute(_CAMPAIGNS)
        self.near.add(_VARIANTS)
        self.near.add(_OF_ADS)
        self.near.spread()
        self.near.copy()
        self.worlds.know("texts", "ads_known")
        self.worlds.run(("events", "network_clicks", "stitches", "stitched", "click_texts", "texted", "ad_text_days"))
        self._merge("ad_text_days")
        self._anew("ad_identities", "ad_day_texts", "text_days", "rac_compliance", "text_flags")
        for statement in (_AD_DAYS, _FLAGS):
            self.connection.execute(statement)
        if self.near.add(_LADDERED) + self.near.add(_FLAGGED):
            self.near.spread()
        self.near.copy()
        self.worlds.know("campaign_accounts", "ad_identities", "ad_day_texts", "text_flags")

    def _anew(self, *models: str) -> None:
        self.connection.execute(f"use {NEXT}")
        for name in models:
            found = way(name)
            if found.word == "keys":
                tables = [table for of in self.still.moved(found.of) for table in self._changed(of)]
                self.still.learn(name, not tables)
                if tables:
                    touched.keys_of(self.connection, name, tables)
                    touched.work_out(self.connection, name, self.inputs)
                self._merge(name)
            else:
                run_model(self.connection, name if name in MODELS else f"{name}()", self.inputs)
                self.still.learn(name, self._is_same(name))
        self.connection.execute("use work")

    @property
    def still(self) -> Still:
        """What is as it was, so far."""
        return self.worlds.still

    def _is_same(self, model: str) -> bool:
        one, other = (f"(select (count(*), sum(hash(m))) from {place}.{model} m)" for place in ("work", NEXT))
        return self.connection.execute(f"select {one} is not distinct from {other}").fetchone() == (True,)

    def _changed(self, model: str) -> list[str]:
        """Tables of the rows of a model that are not as they were."""
        if way(model).word != "whole":
            return [f"delta.{model}_out", f"delta.{model}_in"]
        for name, one, other in (("out", "work", NEXT), ("in", NEXT, "work")):
            self.connection.execute(
                f"create or replace table delta.{model}_{name} as from {one}.{model} except from {other}.{model}"
            )
        return [f"delta.{model}_out", f"delta.{model}_in"]

    def _merge(self, *models: str) -> None:
        """Let `next` read a model as it will be, without writing it yet."""
        for model in models:
            kept = f"create or replace view {NEXT}.{model} as select w.* from work.{model} w"
            self.connection.execute(
                kept
                if self.still.holds(model)
                else f"{kept} anti join delta.{model}_out d on {same(grain(model), 'w', 'd')}"
                f" union all by name from delta.{model}_in"
            )
