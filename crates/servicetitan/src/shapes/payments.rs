//! Structured values of payments.
