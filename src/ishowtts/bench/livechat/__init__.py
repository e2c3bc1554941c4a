"""A made-up livestream chat, sent to a running server, and an account of what became of it."""
