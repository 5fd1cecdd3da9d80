"""Any arrivals, cancellations and changes of rooms keep the rules of seats, and can be undone."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import structs

from checkin.domain.assignments import Cause
from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Agenda, AttendeeId, Closure, Session, Slot
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.ground import Ground, Move, Seeker
from checkin.domain.routing.placement import place
from checkin.domain.routing.reroute import reroute
from tests.domain.reroute_oracle import held_session, is_fixed
from tests.domain.rough_events import SLOTS, TOPICS, rough_agenda, rough_people, with_seats

SEEDS = st.integers(0, 10_000)


class ConferenceDay(RuleBasedStateMachine):
    """One event; what its people hold is changed by placements and reroutes only."""

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        self.agenda = rough_agenda(Random(seed), 3)
        self.seekers: dict[AttendeeId, Seeker] = {}
        self.now = Instant(SLOTS[0].starts_at - 60 * MINUTE)
        self.overfull: dict[str, int] = {}
        self.before: tuple[Agenda, dict[AttendeeId, Seeker], dict[str, int], tuple[Move, ...]] | None = None

    # ---- people come and go

    @rule(seed=SEEDS, is_told=st.booleans())
    def arrive(self, seed: int, is_told: bool) -> None:
        ident = AttendeeId(max(self.seekers, default=0) + 1)
        who = structs.replace(rough_people(Random(seed), 1)[0], id=ident)
        loads = self.loads()
        offered = {one.code for sessions in self.agenda.offered_in.values() for one in sessions}
        open_agenda = replace(
            self.agenda, sessions=tuple(one for one in self.agenda.sessions if one.code in offered)
        )
        given = place(open_agenda, who, {}, lambda code: loads[code], self.now)
        held = {one.slot: one for one in given}
        since = {one.slot: self.now for one in given if one.session is None}
        told = frozenset(held) if is_told else frozenset[str]()
        self.seekers[ident] = Seeker(who, held, told, waiting_since=since)
        self.before = None

    @precondition(lambda self: self.seekers)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        del self.seekers[data.draw(st.sampled_from(sorted(self.seekers)))]
        self.before = None

    @precondition(lambda self: self.seekers)
    @rule(data=st.data())
    def sit_down(self, data: st.DataObject) -> None:
        seeker = self.seekers[data.draw(st.sampled_from(sorted(self.seekers)))]
        near = [one for one in SLOTS if one.starts_at - 20 * MINUTE <= self.now < one.ends_at]
        held = [held_session(seeker, one.code) for one in near]
        offered = {s.code for one in near for s in self.agenda.offered_in[one.code]}
        inside = next((code for code in held if code in offered), None)
        self.seekers[seeker.person.id] = replace(seeker, inside=inside)
        self.before = None

    @rule(minutes=st.sampled_from([10, 45]))
    def wait(self, minutes: int) -> None:
        self.now = Instant(self.now + minutes * MINUTE)
        for ident, seeker in self.seekers.items():  # who sat in what is over has left
            session = self.agenda.session.get(seeker.inside or "")
            if session is not None and self.agenda.slot[session.slot].ends_at <= self.now:
                self.seekers[ident] = replace(seeker, inside=None)
        self.before = None

    # ---- rooms change

    @rule(data=st.data(), is_all_day=st.booleans())
    def close_room(self, data: st.DataObject, is_all_day: bool) -> None:
        room = data.draw(st.sampled_from(self.agenda.rooms)).code
        slot = None if is_all_day else data.draw(st.sampled_from(SLOTS)).code
        closures = (*self.agenda.standing.closures, Closure(room, slot, self.now))
        self.change(self.with_closures(closures), Cause.ROOM_CLOSED)

    @precondition(lambda self: self.agenda.standing.closures)
    @rule()
    def open_rooms(self) -> None:
        placed = self.placed()
        self.change(self.with_closures(()), Cause.ROOM_OPENED)
        assert self.placed() >= placed

    @rule(data=st.data(), seats=st.integers(0, 6))
    def set_seats(self, data: st.DataObject, seats: int) -> None:
        room = data.draw(st.sampled_from(self.agenda.rooms))
        placed = self.placed()
        self.change(with_seats(self.agenda, room.code, seats), Cause.SEATS_CHANGED)
        assert self.placed() >= placed or seats < room.seats

    @precondition(lambda self: self.coming())
    @rule(data=st.data())
    def move_session(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.coming()))
        taken = {one.room for one in self.agenda.sessions_in[session.slot]}
        if free := [one.code for one in self.agenda.rooms if one.code not in taken]:
            moved = replace(session, room=data.draw(st.sampled_from(free)))
            sessions = tuple(moved if one is session else one for one in self.agenda.sessions)
            self.change(replace(self.agenda, sessions=sessions), Cause.SESSION_MOVED)

    @precondition(lambda self: self.coming())
    @rule(data=st.data())
    def cancel_session(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.coming()))
        rest = tuple(one for one in self.agenda.sessions if one is not session)
        self.change(replace(self.agenda, sessions=rest), Cause.SESSION_CANCELLED)

    @rule(data=st.data())
    def add_session(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(SLOTS)).code
        taken = {one.room for one in self.agenda.sessions_in[slot]}
        for room in [one.code for one in self.agenda.rooms if one.code not in taken][:1]:
            topic, code = data.draw(st.sampled_from(TOPICS)), f"{room}-{slot}-{len(self.agenda.sessions)}"
            if code not in self.agenda.session:
                added = Session(code, topic, "More", slot, room)
                agenda = replace(self.agenda, sessions=(*self.agenda.sessions, added))
                self.change(agenda, Cause.SESSION_ADDED)

    @precondition(lambda self: self.before is not None)
    @rule()
    def undo(self) -> None:
        assert self.before is not None
        self.agenda, seekers, self.overfull, moves = self.before
        for move in reversed(moves):
            self.hold(move.attendee, move.slot, seekers[move.attendee])
        assert self.seekers == seekers
        self.before = None

    # ---- what holds

    def change(self, agenda: Agenda, cause: Cause) -> None:
        ground = Ground(self.agenda, tuple(self.seekers.values()), self.now, b"seed")
        result = reroute(ground, agenda, cause)
        assert result == reroute(replace(ground, seekers=ground.seekers[::-1]), agenda, cause)
        self.before = (self.agenda, dict(self.seekers), dict(self.overfull), result.moves)
        for move in result.moves:
            seeker = self.seekers[move.attendee]
            assert move.new.slot == move.slot
            assert move.new.why.cause is cause
            assert move.old == held_session(seeker, move.slot)
            assert agenda.slot[move.slot].ends_at > self.now
            stays = is_fixed(ground, agenda, seeker, move.slot)
            assert move.new.session == move.old or not stays
            if move.old is not None:
                assert move.new.why.moved_from == self.agenda.session[move.old].room
            if move.new.session == move.old and move.old is not None:
                assert agenda.session[move.old].room != self.agenda.session[move.old].room
        for move in result.moves:
            seeker = self.seekers[move.attendee]
            self.seekers[move.attendee] = replace(seeker, held={**seeker.held, move.slot: move.new})
        self.agenda = agenda
        loads = self.loads()
        self.overfull |= {code: loads[code] for code in result.overfull}

    def hold(self, ident: AttendeeId, slot: str, like: Seeker) -> None:
        """Somebody holds in a slot what `like` does."""
        held = {code: one for code, one in self.seekers[ident].held.items() if code != slot}
        if slot in like.held:
            held[slot] = like.held[slot]
        self.seekers[ident] = replace(self.seekers[ident], held=held)

    @invariant()
    def seats_are_exceeded_by_those_inside_only(self) -> None:
        for code, load in self.loads().items():
            session = self.agenda.session.get(code)
            if session is not None and self.is_live(self.agenda.slot[session.slot]):
                assert load <= max(self.agenda.seats(session), self.overfull.get(code, 0))

    @invariant()
    def everybody_may_have_what_they_have_or_is_told_why_not(self) -> None:
        ground = Ground(self.agenda, (), self.now, b"seed")
        for seeker in self.seekers.values():
            for slot in filter(self.is_live, SLOTS):
                if not self.agenda.offered_in[slot.code]:
                    continue
                assert slot.code in seeker.held, "neither placed nor listed"
                code = held_session(seeker, slot.code)
                if code is None:
                    assert seeker.held[slot.code].why.blocked is not None
                elif not is_fixed(ground, self.agenda, seeker, slot.code):
                    session = self.agenda.session[code]
                    assert session in self.agenda.offered_in[slot.code]
                    assert is_eligible(seeker.person, session)
                    assert is_accessible(self.agenda, seeker.person, session)

    @invariant()
    def no_topic_comes_twice(self) -> None:
        for seeker in self.seekers.values():
            codes = [one.session for one in seeker.held.values() if one.session is not None]
            topics = [self.agenda.session[code].topic for code in codes if code in self.agenda.session]
            assert len(topics) == len(set(topics))

    def is_live(self, slot: Slot) -> bool:
        return slot.ends_at > self.now

    def coming(self) -> list[Session]:
        return [one for one in self.agenda.sessions if self.is_live(self.agenda.slot[one.slot])]

    def loads(self) -> Counter[str]:
        held = [one.session for seeker in self.seekers.values() for one in seeker.held.values()]
        return Counter(code for code in held if code is not None)

    def placed(self) -> int:
        return sum(self.loads().values())

    def with_closures(self, closures: tuple[Closure, ...]) -> Agenda:
        return replace(self.agenda, standing=replace(self.agenda.standing, closures=closures))


TestConferenceDay = ConferenceDay.TestCase
TestConferenceDay.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
