"""Chat robots: which notices each is told, when, and what its vendor asks for and answers. Pure."""
