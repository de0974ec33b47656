"""The vocabulary: everything that actors, agents and callers say to each other."""
