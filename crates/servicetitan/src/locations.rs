//! Locations: the addresses where work is done.
