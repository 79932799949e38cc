//! Visits: when somebody comes to do a job.
