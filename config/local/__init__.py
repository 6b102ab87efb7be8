"""What a machine of one's own needs: `up`, embedded servers, stub services, input to try."""
