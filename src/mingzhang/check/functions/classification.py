"""Codes and names of the official classifications of the year."""
