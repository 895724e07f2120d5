"""Area, timing and energy of an ASIC from liberty files, before layout."""
