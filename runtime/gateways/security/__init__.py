"""Who may ask a server for what: tokens, and what they allow."""
