"""Timetables: who would do what when, worked out before it happens."""
