"""What tradeflow keeps: answers as they came, and the tables made of them."""
