"""This module owns what the sentence of a verdict may speak of: numbers, and words of our own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What one sentence may speak of. Money in the reporting currency; None is unknown."""

    why: str
    objective: str
    target: float
    clicks: int
    converted: int
    conversions: float
    cost: float
    revenue: float
    allocated_share: float
    p_meets: float | None
    p_beats: float | None
    more_clicks: int | None
    rivals: int
    times: float  # conversions that its target asks for its cost
    by_chance: float  # of those that meet their target, the share that would have no more by now
    priced: bool  # whether the cost of its scope is known
    clicks_min: int
    converted_min: int
    goal: str  # what the objective counts: conversion, or in arbitrage a paying click
    maturity_days: int
    one_day: bool = False  # that shows nothing of how days differ
    decline: float | None = None
    faded_since: str | None = None
    measure: str = "result"
