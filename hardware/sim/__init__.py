"""The simulated store: a floor, people with fobs who walk on it, and what each antenna hears of them."""
