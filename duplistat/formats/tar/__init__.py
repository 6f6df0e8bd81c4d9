"""What GNU tar prints, which is nothing while all is well. Pure: an output in, a reading out."""
