"""What can be asked of a runtime from outside: one table, from which every door is made."""
