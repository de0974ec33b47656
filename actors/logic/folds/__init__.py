"""What each fact and notice changes on the board, by what it happens to.

Each file has functions that take the board's state and an event, and the table of which
function takes what; `board` puts the tables together. Nothing that names an unknown
goal, subtask or agent raises.
"""
