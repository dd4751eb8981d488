"""What tests of templates need: reading assemblies, normalised snapshots."""
