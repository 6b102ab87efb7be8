"""What the systems' demonstrations share: the API as they use it, and following an operation."""
