"""The boards, and the flow from an accelerator to a bitstream with yosys, nextpnr and ecppack."""
