"""What the product is compared with."""
