"""What may be asked of a runtime, a theme a file; `callboard.runtime.runtime` puts it together."""
