//! Structured values of bookings.
