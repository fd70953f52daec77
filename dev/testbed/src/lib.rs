//! The servers of [`saga_testbed`], with what only the tests of this repository need.

mod acls;
pub mod cargo;
mod certificates;
mod detour;
mod guarded;
mod programs;
pub mod repo;
mod shut;

pub use acls::Acls;
pub use certificates::Certificates;
pub use detour::Detour;
pub use guarded::Guarded;
pub use programs::{openssl, openssl_library, python};
pub use saga_testbed::tools::on_path;
pub use saga_testbed::*;
pub use shut::Shut;
