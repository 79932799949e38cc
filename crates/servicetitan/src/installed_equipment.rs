//! Equipment that is installed at a location.
