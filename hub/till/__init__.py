"""The till's side of the hub: baskets, holds, commits, returns, and the acts bound to them."""
