//! Structured values of technicians.
