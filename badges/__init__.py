"""Badges: the credential, its keys, its QR code and the printed badge.

Owns everything from an attendee's ids to a PNG. Must know nothing of databases, HTTP or the rest of the
service. Import the modules themselves: this package imports none, so that `badges.credential` costs neither
Pillow nor fonts.
"""
