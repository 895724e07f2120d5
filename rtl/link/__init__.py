"""The serial link: a UART, frames, requests, and the device that a board holds."""
