"""News and questions between processes. The database is the truth; a lost message is healed by the next snapshot."""
