"""A real job to run and to look at: `python -m callboard.demo`."""
