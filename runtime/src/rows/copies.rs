//! Copies of the rows that a batch works on: a simulation asks a handler twice, from the same rows.

#[cfg(feature = "simulation")]
use std::any::Any;

/// What can be copied and put back without its type. Only a simulation does.
pub trait Copies {
    /// A copy of it as it is now.
    #[cfg(feature = "simulation")]
    fn copy(&self) -> Box<dyn Any + Send>;
    /// Puts a copy of it in its place; that of another type is not taken.
    #[cfg(feature = "simulation")]
    fn put_back(&mut self, copy: &dyn Any);
}

impl<T: Clone + Send + 'static> Copies for T {
    #[cfg(feature = "simulation")]
    fn copy(&self) -> Box<dyn Any + Send> {
        Box::new(self.clone())
    }

    #[cfg(feature = "simulation")]
    fn put_back(&mut self, copy: &dyn Any) {
        if let Some(copy) = copy.downcast_ref::<Self>() {
            self.clone_from(copy);
        }
    }
}
