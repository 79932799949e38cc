//! Bookings: requests for work that came in from outside.
