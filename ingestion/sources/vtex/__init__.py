"""VTEX: orders by feed, list and reconciliation, and full reads of all that a shop is made of.

Whatever is read is put into a sink as VTEX wrote it, byte for byte, and only then counts as read.
"""
