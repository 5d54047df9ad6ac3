"""The legacy dialect: home-made OCPP 2 of some simulators, translated at the door, told per connection, remembered.

`events`: what their transaction events say. `recognition`: by what a station is told to speak so. `forms`: commands in
the form that it understands. `answers`: what its answers mean. What is remembered is `app.domain.legacy`'s business.
"""
