"""The monitor: reads everything, believes nothing, and says what is wrong."""
