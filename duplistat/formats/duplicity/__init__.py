"""What duplicity prints, versions 0.8 and 3. Pure: an output in, a reading out."""
