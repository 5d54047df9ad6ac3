"""The guest house: virtual charging stations that know nothing of Halla but its socket.

An independent witness: it speaks OCPP with the help of the `ocpp` package's words and schemas and
imports nothing of the system it tests. `fleet.run_fleet` runs many stations through a scenario,
`station.VirtualStation` is one station to be driven by hand. The dialect of the original
simulators is not spoken here.
"""
