//! Business units: the parts of the company that do and bill the work.
