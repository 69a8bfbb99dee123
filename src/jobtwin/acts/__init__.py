"""One module per act; each wires rules and edges, and returns effects that an edge carries out."""
