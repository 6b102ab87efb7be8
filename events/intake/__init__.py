"""What a request becomes: bytes, items, validated events, committed rows."""
