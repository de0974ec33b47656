"""A simulated fleet to run and to look at: `python -m callboard.demo fleet`."""
