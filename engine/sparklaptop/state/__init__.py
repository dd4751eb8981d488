"""What is acknowledged stays: the laptop cloud's memory, kept in its folder."""
