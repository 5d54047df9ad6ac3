"""Routes by noun; every one of them names the permission it needs."""
