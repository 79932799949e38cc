//! Customers: who orders the work and pays for it.
