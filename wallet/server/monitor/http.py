"""What a monitor measured, for Prometheus: a plain ASGI application.

GET /metrics   Prometheus text, format 0.0.4
GET /alerts    {"alerts": [sentences that stand now]}
GET /health    200
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from wallet.server.http.asgi import JSON, answer, nowhere
from wallet.server.http.prometheus import PROMETHEUS, escape
from wallet.server.monitor.alerts import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.server.http.asgi import Receive, Scope, Send
    from wallet.server.monitor.alerts import Alerts
    from wallet.server.monitor.watch import Watch

_PLACES = frozenset({"/metrics", "/alerts", "/health"})


class MonitorApp:
    """The ASGI application of one monitor."""

    def __init__(self, watches: Sequence[Watch], alerts: Alerts) -> None:
        self._watches, self._alerts = watches, alerts

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        match [scope["method"], scope["path"]]:
            case ["GET", "/metrics"]:
                standing = [
                    one
                    for one in self._alerts.standing
                    if one.weight is not Weight.KNOWN
                ]
                text = metrics(self._watches, standing=len(standing))
                await answer(send, text.encode(), kind=PROMETHEUS)
            case ["GET", "/alerts"]:
                said = [alert.sentence for alert in self._alerts.standing]
                await answer(send, orjson.dumps({"alerts": said}), kind=JSON)
            case ["GET", "/health"]:
                await answer(send, b"{}", kind=JSON)
            case _:
                raise nowhere(scope, "GET" if scope["path"] in _PLACES else None)


def metrics(watches: Sequence[Watch], *, standing: int) -> str:
    """Everything that was measured, in Prometheus text."""
    lines = [
        "# TYPE heartwood_monitor_alerts gauge",
        f"heartwood_monitor_alerts {standing}",
    ]
    samples: dict[str, list[str]] = {}
    for watch in watches:
        for name, labels, value in _samples(watch):
            named = {"origin": watch.origin, **labels}
            said = ",".join(f'{key}="{escape(one)}"' for key, one in named.items())
            samples.setdefault(name, []).append(f"{{{said}}} {value:g}")
    for name, found in samples.items():
        lines.append(f"# TYPE heartwood_monitor_{name} gauge")
        lines += [f"heartwood_monitor_{name}{sample}" for sample in found]
    return "\n".join([*lines, ""])


def _samples(watch: Watch) -> Iterator[tuple[str, dict[str, str], float]]:
    facts, checked = watch.facts, watch.rules.checked
    yield "ledger_reachable", {}, facts.reachable
    yield "quorum_reached", {}, facts.quorum
    yield "checkpoint_entries", {}, facts.size
    if facts.age is not None:
        yield "checkpoint_age_seconds", {}, facts.age
    yield "entries_checked", {}, checked.size
    yield "entries_against_the_rules", {}, len(checked.findings)
    for name, size in facts.witness_sizes.items():
        yield "witness_entries", {"witness": name}, size
    for name, lag in facts.witness_lags.items():
        yield "witness_lag_seconds", {"witness": name}, lag
    yield "ended_to_visible_seconds_count", {}, facts.ended.count
    yield "ended_to_visible_seconds_sum", {}, facts.ended.total
    yield "ended_to_visible_seconds_longest", {}, facts.ended.longest
