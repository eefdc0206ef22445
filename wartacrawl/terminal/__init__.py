"""What commands print for people: tables and lists in a terminal. Nothing here asks or decides anything."""
