"""Streams: what they are doing, and how the reconciler is asked to look at them."""
