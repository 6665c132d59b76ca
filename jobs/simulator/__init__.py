"""Simulate devices and app: write landing data in the form of the STEDI exercise, at any size.

All data is invented, none is taken from real data. The same scenario always writes the same bytes.
"""

from __future__ import annotations

from jobs.simulator.delivery import Delivery, SourceDelivery
from jobs.simulator.malformation import Reason
from jobs.simulator.scenario import Layout, Scenario
from jobs.simulator.simulation import simulate

__all__ = ["Delivery", "Layout", "Reason", "Scenario", "SourceDelivery", "simulate"]
