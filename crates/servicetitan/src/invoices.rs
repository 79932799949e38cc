//! Invoices: what a customer is billed.
