"""A supervisor and its children, after OTP's: pure decisions, for any actors."""
