"""What commands do, without printing."""
