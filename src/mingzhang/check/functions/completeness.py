"""What a disclosure must have: tables, sections, forms, headers, notes, detail."""
