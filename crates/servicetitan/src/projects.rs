//! Projects: jobs that belong together.
