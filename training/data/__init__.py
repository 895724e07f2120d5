"""Training data: tracks of crops, augmentation, the dataset, its loader, and validation pairs."""
