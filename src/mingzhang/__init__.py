"""Mingzhang (明账): compile, read, check, publish and explore the budget disclosures of Chinese local governments."""
