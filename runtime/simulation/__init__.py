"""The same runtime under a virtual clock: for tests, trials and what-if questions."""
