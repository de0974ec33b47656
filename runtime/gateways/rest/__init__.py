"""REST: the table of operations over HTTP. It wants the extra `rest`."""
