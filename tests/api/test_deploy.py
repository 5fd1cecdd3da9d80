"""The examples for whoever watches over the servers: what they ask for is told, what is told is explained."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest_asyncio

import checkin
from checkin.api.routes import ROUTES
from tests.api.hall import Hall
from tests.api.test_metrics import samples

DEPLOY = Path(checkin.__file__).parent / "deploy"
ARCHITECTURE = (Path(checkin.__file__).parents[1] / "ARCHITECTURE.md").read_text()
DASHBOARD: Mapping[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
RULES = (DEPLOY / "prometheus-rules.yml").read_text()
SCRAPES = (DEPLOY / "prometheus.yml").read_text()

NAME = re.compile(r"\b(?:checkin|process)_[a-z_]+")
FROM_PROMETHEUS = {"job", "instance", "le"}
ENDINGS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def expressions() -> Iterator[str]:
    """Every query of the dashboard and of the rules."""
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (one["definition"] for one in DASHBOARD["templating"]["list"] if "definition" in one)
    yield from re.findall(r"^ +expr: (.+)$", RULES, re.MULTILINE)


def labels_in(expression: str) -> set[str]:
    """The labels that a query names."""
    matched = re.findall(r"[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)", expression)
    grouped = ",".join(re.findall(r"(?:by|on) \(([^)]*)\)", expression)).split(",")
    shown = re.findall(r"label_values\([a-z_]+, ([a-z_]+)\)", expression)
    return {one.strip() for one in [*matched, *grouped, *shown] if one.strip()}


@pytest_asyncio.fixture
async def told(hall: Hall) -> tuple[set[str], set[str]]:
    """The names of all series that /metrics can give, and their labels."""
    await hall.scan("Ana")
    await hall.services.calls.flush(hall.services.db, hall.services.clock.now(), is_all=True)
    assert (await hall.organize("POST", "/plan", {"dry_run": True})).status == 200
    answer = await hall.call("GET", "/metrics")
    kinds = re.findall(r"^# TYPE (\S+) (\S+)$", answer.body.decode(), re.MULTILINE)
    names = {name + ending for name, kind in kinds for ending in ENDINGS[kind]}
    labels = {label for by_labels in samples(answer).values() for key in by_labels for label, _ in key}
    return names, labels


async def test_every_query_asks_for_what_is_told(told: tuple[set[str], set[str]]) -> None:
    names, labels = told
    asked = list(expressions())
    assert len(asked) > 30
    for expression in asked:
        found = set(NAME.findall(expression))
        assert found or "up{" in expression, expression
        assert found - names == set(), expression
        assert labels_in(expression) - labels - FROM_PROMETHEUS == set(), expression
        for opening, closing in ("()", "{}", "[]"):
            assert expression.count(opening) == expression.count(closing), expression


async def test_every_metric_is_explained_and_nothing_else(told: tuple[set[str], set[str]]) -> None:
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in told[0]}
    table = ARCHITECTURE.partition("## Metrics\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`((?:checkin|process)_[a-z_]+)`", table)) - {"checkin_deploy"}
    assert families == listed


def test_routes_verdicts_and_kinds_in_queries_exist() -> None:
    paths = {route.path for route in ROUTES}
    for expression in expressions():
        for pattern in re.findall(r'route=~?"([^"]+)"', expression):
            assert [path for path in paths if re.fullmatch(pattern, path)], pattern
    assert "/metrics" in paths, "where the scrape configuration expects it by default"


def test_the_dashboards_panels_stand_beside_each_other() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}"
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        is_beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        is_above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert is_beside or is_above, (one, other)


def test_every_rule_says_what_it_means() -> None:
    rules = RULES.split("      - alert: ")[1:]
    assert len(rules) == len({rule.partition("\n")[0] for rule in rules}) > 5
    for rule in rules:
        assert re.search(r"^ {8}expr: \S", rule, re.MULTILINE)
        assert re.search(r"^ {8}labels: \{severity: (page|warning)\}$", rule, re.MULTILINE)
        assert re.search(r'^ {10}summary: "[^"]{20,}"$', rule, re.MULTILINE)
    assert "prometheus-rules.yml" in SCRAPES
    assert re.findall(r"job_name: (\w+)", SCRAPES) == re.findall(r'up\{job="(\w+)"\}', RULES)
