"""What compiled programs tell: utilisation by kind of layer, and the smallest accelerator that runs a
network.
"""
