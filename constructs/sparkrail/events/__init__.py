"""What is announced, and what could not be delivered."""
