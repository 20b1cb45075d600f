"""The screen: renders what the hub says, sends back what people do. Owns no data."""
