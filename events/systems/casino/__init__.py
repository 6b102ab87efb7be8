"""What the casino's events need to be understood: its games, its currencies, and how an event is put in words."""
