"""Services that hold tuned models. I/O at the edge: imports planning's floors and below, never apply or cli."""
