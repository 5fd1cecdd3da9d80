"""The demo conference's file: a timetable that holds, and a seat for everyone in every breakout."""

import tomllib
from collections import Counter, defaultdict
from datetime import time
from itertools import combinations, pairwise
from typing import Any

import pytest

from checkin.demo import SLUG, invent_people, read_conference
from checkin.demo.agencies import PROFESSIONS

FILE: dict[str, Any] = tomllib.loads(read_conference())
ROOMS = {room["code"]: room for room in FILE["room"]}
SLOTS = {slot["code"]: slot for slot in FILE["slot"]}
DISCIPLINES = {discipline["code"] for discipline in FILE["discipline"]}
BREAKOUTS = [session for session in FILE["session"] if session["kind"] == "breakout"]
PLENARIES = [session for session in FILE["session"] if session["kind"] == "plenary"]
CURRICULUM = {entry["discipline"]: entry["topics"] for entry in FILE["curriculum"]}
BREAKOUT_SLOTS = sorted({session["slot"] for session in BREAKOUTS})


def topic(session: dict[str, Any]) -> str:
    return str(session.get("topic", session["code"]))


def test_it_is_one_open_day_in_albuquerque() -> None:
    event = FILE["event"]
    assert (event["slug"], event["timezone"], event["registration"]) == (SLUG, "America/Denver", "open")
    assert event["date"].isoformat() == "2027-01-26"
    assert (event["doors_open"], event["doors_close"]) == (time(7, 30), time(17, 30))


def test_every_code_is_unique_and_every_reference_is_known() -> None:
    for kind in ("discipline", "room", "slot", "session"):
        codes = [entry["code"] for entry in FILE[kind]]
        assert len(set(codes)) == len(codes), kind
    for session in FILE["session"]:
        assert session["slot"] in SLOTS
        assert session["room"] in ROOMS
        assert set(session.get("disciplines", [])) <= DISCIPLINES
    topics = {topic(session) for session in FILE["session"]}
    assert set(CURRICULUM) == DISCIPLINES == set(PROFESSIONS)
    assert all(set(taught) <= topics for taught in CURRICULUM.values())
    assert all(set(preferred) <= topics for *_, preferred in PROFESSIONS.values())


def test_slots_follow_one_another_within_the_doors_hours_with_time_for_lunch() -> None:
    spans = [(slot["starts"], slot["ends"]) for slot in FILE["slot"]]
    assert all(starts < ends for starts, ends in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert FILE["event"]["doors_open"] <= spans[0][0]
    assert spans[-1][1] <= FILE["event"]["doors_close"]
    assert not any(starts < time(13, 15) and time(12, 25) < ends for starts, ends in spans)


def test_no_room_holds_two_sessions_at_once_and_a_plenary_stands_alone() -> None:
    for one, other in combinations(FILE["session"], 2):
        if one["slot"] == other["slot"]:
            assert one["room"] != other["room"]
            assert one["kind"] == other["kind"] == "breakout"
    assert not any(plenary.get("disciplines") for plenary in PLENARIES)
    assert len(BREAKOUT_SLOTS) == 4


def test_rooms_keep_to_their_posted_limits_and_the_plenary_room_holds_everyone() -> None:
    assert all(0 < room["seats"] <= room["posted_limit"] for room in FILE["room"])
    assert all(ROOMS[plenary["room"]]["seats"] >= 660 for plenary in PLENARIES)
    assert 1 <= sum(not room["accessible"] for room in FILE["room"]) <= 2


def test_law_enforcement_is_taught_all_four_topics_in_every_breakout() -> None:
    for slot in BREAKOUT_SLOTS:
        taught = {topic(session) for session in BREAKOUTS if session["slot"] == slot}
        assert set(CURRICULUM["law"]) <= taught


class Greedy:
    """Seats people one after another, slot by slot: curriculum first, then the largest free share."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def place(self, person: dict[str, str]) -> list[str]:
        """The person's topics, one a breakout; fewer where no seat was left."""
        codes = [code for code in person["discipline"].split(";") if code]
        wanted = {name for code in codes for name in CURRICULUM[code]}
        topics: list[str] = []
        for slot in BREAKOUT_SLOTS:
            fitting = [
                session
                for session in BREAKOUTS
                if session["slot"] == slot
                and (not session.get("disciplines") or set(session["disciplines"]) & set(codes))
                and (not person["accessibility"] or ROOMS[session["room"]]["accessible"])
                and topic(session) not in topics
                and self.free_share(session) > 0
            ]
            if fitting:
                best = max(fitting, key=lambda session: (topic(session) in wanted, self.free_share(session)))
                self.taken[best["code"]] += 1
                topics.append(topic(best))
        return topics

    def free_share(self, session: dict[str, Any]) -> float:
        seats: int = ROOMS[session["room"]]["seats"]
        return 1 - self.taken[session["code"]] / seats


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_greedy_placement_seats_everyone_in_every_breakout(seed: int) -> None:
    greedy = Greedy()
    missed: dict[str, int] = defaultdict(int)
    for person in invent_people(660, seed):  # 600, and one walk-in for every ten
        if person["all_rooms"]:
            continue
        topics = greedy.place(person)
        assert len(topics) == len(BREAKOUT_SLOTS), person
        discipline = person["discipline"].partition(";")[0]
        if discipline and not set(CURRICULUM[discipline]) <= set(topics):
            missed[discipline] += 1
    assert sum(missed.values()) <= 7, dict(missed)  # one in a hundred: the optimal plan can do better
