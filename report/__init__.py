"""Pictures and tables of what the commands found."""
