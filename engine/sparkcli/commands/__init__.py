"""One module per command. Each is light to import; what is heavy is imported when it runs."""
