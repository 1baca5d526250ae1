"""What a family wants to know of a school that it names: where it is, its phone and its hours."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.desk.school_lists import School
from actions.resources import resources
from actions.ticket_values import read_values
from actions.turn import Turn, say

# Of several that a name may mean ("Lincoln"), so many are told at most.
MOST_SCHOOLS = 3


def schools_named(turn: Turn) -> tuple[School, ...]:
    """The schools that the message names or may mean; none where no word says that it is about a school."""
    district = resources().district
    values = read_values(turn.text, district, None)
    named = tuple(school for school in district.schools if school.id == values.school)
    return (named or values.school_candidates)[:MOST_SCHOOLS]


def say_school_facts(dispatcher: CollectingDispatcher, turn: Turn) -> bool:
    """Tell them; whether there was something to tell."""
    schools = schools_named(turn) if turn.text else ()
    for school in schools:
        hours = [moment.isoformat("minutes") for moment in school.hours]
        say(dispatcher, "utter_school_facts", name=school.name, address=school.address, phone=school.phone, hours=hours)
    return bool(schools)
