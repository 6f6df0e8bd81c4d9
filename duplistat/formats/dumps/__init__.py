"""What programs that dump databases print: nothing, or why they failed. Pure: an output in, a reading out."""
