"""Public web archives: their indexes and their records, read without knowing how they are downloaded."""
