"""Door 2, people: pages, their partials and the live stream.

What the system does is `app.csms`, what it knows `app.queries`.
"""
