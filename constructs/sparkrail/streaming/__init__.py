"""The reconciler: keeps a streaming job as it is desired."""
