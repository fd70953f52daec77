//! The clock of the operating system, as a handler sees it that is asked a second time.
//!
//! A handler has no business with it. So its second call happens at another time: if it decides otherwise then,
//! and has looked at the clock, that is why. The program's own `clock_gettime` takes the place of libc's, which the
//! standard library and the crates for dates call. On other systems than 64-bit Linux nothing is noticed
//! but what differs from one moment to the next.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod shifted {
    use std::cell::Cell;

    thread_local! {
        static SHIFT: Cell<i64> = const { Cell::new(0) };
        static IS_READ: Cell<bool> = const { Cell::new(false) };
    }

    /// Does something as if it were so many seconds later. Returns whether it looked at the clock.
    pub(crate) fn later<T>(seconds: i64, what: impl FnOnce() -> T) -> (T, bool) {
        // Without a use of it the linker might leave it out.
        std::hint::black_box(clock_gettime as unsafe extern "C" fn(_, _) -> _);
        SHIFT.set(seconds);
        IS_READ.set(false);
        let done = what();
        SHIFT.set(0);
        (done, IS_READ.get())
    }

    /// What libc has under this name.
    ///
    /// # Safety
    /// As libc's: `time` points to a `timespec` that can be written.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> libc::c_int {
        // SAFETY: the kernel takes the same arguments, and checks the pointer itself.
        let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
        let shift = SHIFT.try_with(Cell::get).unwrap_or_default();
        if shift != 0 && result == 0 {
            IS_READ.set(true);
            // SAFETY: the kernel has just written there.
            unsafe { (*time).tv_sec += shift };
        }
        libc::c_int::try_from(result).unwrap_or(-1)
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use shifted::later;

/// Does something. It is not known whether it looked at the clock.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) fn later<T>(_: i64, what: impl FnOnce() -> T) -> (T, bool) {
    (what(), false)
}
