//! Structured values of invoices and their items.
