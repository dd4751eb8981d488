"""Who may do what: every policy document and key of the platform, written out."""
