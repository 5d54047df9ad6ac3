"""What goes in and comes out, by noun. Input is checked here; output is described here."""
