"""What leaves the warehouse: OUT, a folder a day for other programs; and messages to customers."""
