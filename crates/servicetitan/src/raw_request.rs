//! Any request to the API, for what has no action of its own.
