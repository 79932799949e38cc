//! The trigger: what is new and what has changed.
