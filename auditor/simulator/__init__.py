"""A ConnectWise PSA that enforces any security role: demo backend, test bed, sandbox."""

from auditor.simulator.app import create_app
from auditor.simulator.ledger import Change, Ledger
from auditor.simulator.messages import Call, Reply
from auditor.simulator.psa import Psa
from auditor.simulator.server import Running, running, serve
from auditor.simulator.settings import ORDERS, Fault, Order, Settings

__all__ = [
    "ORDERS",
    "Call",
    "Change",
    "Fault",
    "Ledger",
    "Order",
    "Psa",
    "Reply",
    "Running",
    "Settings",
    "create_app",
    "running",
    "serve",
]
