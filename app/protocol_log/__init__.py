"""The protocol log: every OCPP frame of server and simulator, in the lines that users of the originals know.

`lines` puts a frame into lines, `files` keeps them, `log` carries frames from the event loop to the files in a thread
of its own. Who opens it says how secrets are hidden; nothing is written unhidden.
"""
