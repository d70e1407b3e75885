"""Changes against the year before: words of direction, reasons, differences told inside them."""
