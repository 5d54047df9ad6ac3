"""The live stream: one ring of encoded events per process, read by every browser at its own pace."""
