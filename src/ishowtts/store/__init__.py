"""What survives a restart: one SQLite file.

Rows are JSON texts with the few columns that are searched for; what they mean is known on the floors above.
"""
