"""Alembic's steps from each released schema to the next; a step, once released, is never edited."""
