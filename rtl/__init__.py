"""The Amaranth blocks, one file a block. docs/datapath.md shows how they fit together."""
