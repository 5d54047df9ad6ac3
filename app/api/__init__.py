"""Door 3: programs. JSON in, JSON out, described by OpenAPI; no rules of its own, only verbs of csms and windows."""
