"""Records of a topic, made and sent, so that every one of them can be found again."""
