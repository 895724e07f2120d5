"""Analysis of compiled programs: utilisation by kind of layer, and the smallest accelerator for a network."""
