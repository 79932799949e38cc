//! Roles of people in the account.
