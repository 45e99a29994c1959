"""This module owns the settings that analytics reads: the loop, the targets, attribution, systems of record."""

from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from analytics.experiments.declared import Experiment, check_experiments
from analytics.verdicts.words import ACTIONS, CUT, FATIGUED, WINNER
from ingest.config import IngestSettings, Section
from ingest.settings.mistakes import near
from ingest.settings.sections import check_named

STEPS = ("impression", "click", "landing_view", "search_click", "results_view", "ad_click")


class Refresh(Section):
    """How often the loop looks for news, and what of the machine a build may take."""

    every_seconds: float = Field(2.0, gt=0)
    memory_mb: int | None = Field(None, ge=256)  # of DuckDB; None: a quarter of the machine's, at most 1200
    threads: int | None = Field(None, ge=1)  # None: one per core


class Targets(Section):
    """What a verdict measures against; the first one set is the objective, else the kind's default."""

    roas: Decimal | None = None
    cpa: Decimal | None = None
    profit_per_click: Decimal | None = None
    conversion_kind: str | None = None  # what CVR, CPA and "conversions" count; kinds are never summed


class Verdicts(Section):
    """When which verdict is said (`analytics.verdicts.thresholds` says what each number decides)."""

    error_rate: float = Field(0.05, gt=0, lt=0.5)
    promising: float = Field(0.8, ge=0.5, lt=1)
    promising_stays: float = Field(0.65, ge=0.5, lt=1)
    needs_work: float = Field(0.35, gt=0, le=0.5)
    needs_work_stays: float = Field(0.55, gt=0, le=0.65)
    reversed: float = Field(0.5, gt=0, le=0.5)
    allocated_share_max: float = Field(0.3, ge=0, le=1)
    compared_share_min: float = Field(0.2, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Verdicts":
        """A state that is easier to enter than to keep would change every day."""
        if self.promising_stays > self.promising or self.needs_work > self.needs_work_stays:
            raise ValueError(
                "promising_stays is at most promising, and needs_work at most needs_work_stays: what is easier to"
                " enter than to keep changes every day"
            )
        return self


class Attribution(Section):
    """Windows, the shares of rules that have a choice, what shapes a journey, and the minimum sample of a verdict."""

    click_window_days: int = Field(7, ge=1, le=90)
    lookback_days: int = Field(30, ge=1, le=90)
    view_window_days: int = Field(1, ge=0, le=30)  # only where views come as events; 0: off
    position_based: tuple[int, int, int] = (40, 20, 40)  # first, all in the middle, last
    half_life_days: Literal["window/4"] | float = 7.0
    path: Literal["as_is", "collapse", "first"] = "as_is"
    remove_networks: tuple[str, ...] = ()
    after_conversion: Literal["keep", "restart"] = "keep"
    lead_kind: str = "lead"  # the conversion that w_shaped calls the lead
    maturity_days: int | None = Field(None, ge=0)
    clicks_min: int = Field(200, ge=1)

    @field_validator("position_based")
    @classmethod
    def _shared(cls, parts: tuple[int, int, int]) -> tuple[int, int, int]:
        """Parts of nothing, or less than nothing, cannot be shared."""
        if min(parts) < 0 or not 0 < sum(parts) <= 1000 or (parts[0] + parts[2] == 0 and parts[1] == 0):
            raise ValueError(
                "first, middle and last are parts such as [40, 20, 40]: none below 0, together more than 0"
            )
        return parts

    @field_validator("half_life_days", mode="before")
    @classmethod
    def _positive(cls, told: object) -> object:
        is_number = isinstance(told, int | float) and not isinstance(told, bool)
        if told != "window/4" and not (is_number and 0 < float(str(told)) <= 3650):
            raise ValueError('a half-life is a number of days above 0, such as 7, or "window/4"')
        return told

    @field_validator("remove_networks", mode="before")
    @classmethod
    def _one_or_several(cls, told: object) -> object:
        return (told,) if isinstance(told, str) else told


class ConversionKind(Section):
    """One conversion kind: its system of record, `[conversions.purchase] from = "shop"`, and windows of its own."""

    sender: str | None = Field(None, alias="from")
    click_window_days: int | None = Field(None, ge=1, le=90)
    lookback_days: int | None = Field(None, ge=1, le=90)
    view_window_days: int | None = Field(None, ge=0, le=30)

    @property
    def has_windows(self) -> bool:
        """Whether its goals look back otherwise than those of other kinds."""
        return (self.click_window_days, self.lookback_days, self.view_window_days) != (None, None, None)


class SystemOfRecord(Section):
    """The one sender that counts: `[spend.facebook] from = "meta_insights"`, `[steps.click] from = "tracker"`."""

    sender: str = Field(alias="from")


class Currencies(Section):
    """Where the rates of other currencies stand; without one, their money is shown and not converted."""

    rates: Path | None = None  # beside whichad.toml: day, currency, rate


class Alerts(Section):
    """When something is worth telling, and where to (`analytics.alerts`)."""

    stale_minutes: int = Field(30, ge=1)
    silent_factor: float = Field(24.0, ge=1)  # times the usual gap between two deliveries of a sender
    money_floor: float = Field(100.0, gt=0)  # of a sender's unattributable money in seven days
    verdicts: tuple[str, ...] = (WINNER, FATIGUED, CUT)  # told where one of them is reached, or left
    digest_hour: int = Field(8, ge=0, le=23)  # in the reporting zone
    allow_private: tuple[str, ...] = ()  # networks that may be posted to although they are not public
    keep_days: int = Field(90, ge=1)

    @field_validator("allow_private")
    @classmethod
    def _networks(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        for each in told:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f'{each!r} is no network such as "10.0.0.0/8" or "192.168.1.20"') from None
        return told

    @field_validator("verdicts")
    @classmethod
    def _words(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(told) - set(ACTIONS)):
            raise ValueError(f"there is no verdict {unknown[0]!r}{near(unknown[0], ACTIONS)}. The verdicts: "
                             f"{', '.join(ACTIONS)}")  # fmt: skip
        return told


class AnalyticsSettings(IngestSettings):
    """What analytics needs to know, on top of what ingest knows."""

    refresh: Refresh = Refresh()
    targets: Targets = Targets()
    attribution: Attribution = Attribution()
    verdicts: Verdicts = Verdicts()
    conversions: dict[str, ConversionKind] = Field(default_factory=dict)
    spend: dict[str, SystemOfRecord] = Field(default_factory=dict)  # per network
    steps: dict[str, SystemOfRecord] = Field(default_factory=dict)
    currencies: Currencies = Currencies()
    experiments: dict[str, Experiment] = Field(default_factory=dict)
    alerts: Alerts = Alerts()

    @field_validator("experiments")
    @classmethod
    def _apart(cls, told: dict[str, Experiment]) -> dict[str, Experiment]:
        check_experiments(told)
        return told

    @field_validator("conversions", "spend", "steps")
    @classmethod
    def _known(cls, told: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """A sender that is not there would leave nothing to count."""
        if info.field_name == "steps" and (unknown := sorted(set(told) - set(STEPS))):
            raise ValueError(f"there is no step {unknown[0]!r}{near(unknown[0], STEPS)}. The steps: {', '.join(STEPS)}")
        named = {f"{name}.from": each.sender for name, each in told.items() if each.sender}
        check_named(named, tuple(info.data.get("senders", ())))
        return told

    @property
    def headline_rule(self) -> str:
        """The attribution rule the scorecard uses."""
        return "same_click" if self.kind == "arbitrage" else "last_paid"

    @property
    def objective(self) -> tuple[str, Decimal]:
        """The metric a verdict judges by, and its target."""
        targets = self.targets
        if targets.profit_per_click is not None:
            return "profit_per_click", targets.profit_per_click
        if targets.roas is not None:
            return "roas", targets.roas
        if targets.cpa is not None:
            return "cpa", targets.cpa
        return ("profit_per_click", Decimal(0)) if self.kind == "arbitrage" else ("roas", Decimal(1))

    @property
    def maturity_days(self) -> int:
        """Days after which a day is mature: nearly all its money has come in (arbitrage: 2; a shop: 7)."""
        if self.attribution.maturity_days is not None:
            return self.attribution.maturity_days
        return 2 if self.kind == "arbitrage" else 7

    @property
    def work_path(self) -> Path:
        """The private DuckDB file in which the models are built."""
        return self.data_dir / "work.duckdb"

    @property
    def published_link(self) -> Path:
        """The symlink that names the newest published version."""
        return self.data_dir / "creatives.duckdb"
