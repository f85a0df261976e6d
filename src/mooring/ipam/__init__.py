"""Address management: address spaces, pools and the bitmaps below them. Pure."""
