"""EventBridge of the laptop cloud: what happens, which rules match, and who is told."""
