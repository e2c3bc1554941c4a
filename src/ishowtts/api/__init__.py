"""HTTP only: routes, schemas, error bodies, SSE framing.

Everything that is not about HTTP lives on a lower floor.
"""
