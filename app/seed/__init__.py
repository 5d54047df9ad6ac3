"""The door for files: sites, stations, prices and tokens as CSV or GeoJSON. See docs/seeding.md."""
