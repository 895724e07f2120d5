"""The datapath: lanes, windows, feature maps, residuals, the response."""
