"""A page becomes an article: the document, its text, the layers that say what each source knows."""
