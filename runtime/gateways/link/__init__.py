"""How agents elsewhere take part: frames, sessions, and the two ways to carry them."""
