"""What the demos' pages are built of: markup, charts, and one document without any link."""
