"""The foundation: words and rules. Standard library only; no I/O, no framework, no knowledge of any other room."""
