//! Technicians: who does the work.
