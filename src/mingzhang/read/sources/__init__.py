"""Files of every kind as blocks: paragraphs and grids with their places. Nothing is understood here."""
