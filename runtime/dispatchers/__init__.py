"""Who runs the actors' mailboxes; see `callboard.actors.ports.Dispatcher`."""
