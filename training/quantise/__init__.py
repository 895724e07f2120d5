"""From a trained model to INT8: calibration, bias correction, training in golden's integers."""
