"""The cellar: tables, the statements that write them, and the private PostGIS beneath."""
