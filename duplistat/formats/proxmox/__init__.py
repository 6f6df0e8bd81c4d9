"""What Proxmox VE notifies of. Pure: an output in, a reading out."""
