//! Structured values of customers, their contacts and their locations.
