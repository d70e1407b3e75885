"""Within a performance form: funds, horizons, periods, dates, numbers of its texts against its indicators."""
