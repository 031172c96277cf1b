"""Small districts in which people decide."""
