"""The demonstration: invented people, two deliveries of theirs, and what the lake made of them."""
