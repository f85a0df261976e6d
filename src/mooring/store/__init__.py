"""What must survive a restart, behind one small contract."""
