"""The subcommands of `comptoir hub`, one module each."""
