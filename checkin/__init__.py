"""Checks attendees in at a conference, sends each to the right room, and counts who is where."""
