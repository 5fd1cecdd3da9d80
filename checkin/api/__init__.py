"""HTTP: routes, wire types, authentication, errors, OpenAPI.

Owns how a use case is reached over the network and nothing of what it does: no SQL, no rules. The table in
`routes` is the one place that lists the calls.
"""
