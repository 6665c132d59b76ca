"""Records of who must not be in the lake, and proofs that they are not; none of it names anybody."""
