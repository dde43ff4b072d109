"""What people use: one package an application."""
