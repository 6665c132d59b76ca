"""A simulator of the devices and the app: it writes landing data as the STEDI exercise delivers it, at any size.

Everything is invented; nothing is taken from real data. The same scenario always writes the same bytes.
"""

from __future__ import annotations

from jobs.simulator.delivery import Delivery, SourceDelivery
from jobs.simulator.malformation import Reason
from jobs.simulator.scenario import Layout, Scenario
from jobs.simulator.simulation import simulate

__all__ = ["Delivery", "Layout", "Reason", "Scenario", "SourceDelivery", "simulate"]
