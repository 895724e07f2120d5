"""The compiler: it turns a network, an accelerator and weights into a program with its predicted cycles."""
