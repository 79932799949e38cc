//! Payments: what a customer has paid.
