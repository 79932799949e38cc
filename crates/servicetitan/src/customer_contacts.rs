//! The phone numbers and addresses that a customer is reached at.
