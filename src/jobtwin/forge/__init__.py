"""Where events come from and effects go to: a forge on the network, or one on this machine."""
