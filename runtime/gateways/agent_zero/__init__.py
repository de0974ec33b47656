"""Callboard in an Agent Zero: what its files import, and what writes them."""
