"""The windows: read models. One SELECT each, returning frozen dataclasses; nothing here writes or decides."""
