"""Who a reader is: the card and the licence behind it."""
