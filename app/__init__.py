"""Halla: a live charging-station management system with a GIS operations dashboard."""
