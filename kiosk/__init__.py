"""The pages that people see: sources in `web/`, built to `dist/`, served by `pages`.

Knows nothing of `checkin`.
"""
