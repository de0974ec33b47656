"""Agents whose work runs in processes of its own, which can be killed."""
