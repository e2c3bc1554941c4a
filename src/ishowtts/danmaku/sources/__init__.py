"""Where chat comes from: each source is an async iterator of `ChatEvent | Retraction`, run by the supervisor."""
