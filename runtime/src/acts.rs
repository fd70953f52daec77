//! One act of one saga instance on loaded rows. The lanes perform them in their transactions; a test of a
//! saga can perform them without a lane.

pub use crate::service::Called;
pub use crate::service::engine::{answer, deadline, lock_rows_of, lock_steps_of};
pub use crate::service::requests;
