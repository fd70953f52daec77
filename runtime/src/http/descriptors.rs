//! How many connections a service may keep, by the files that its process may open.

use super::connections::RESERVE;

/// The most connections a service keeps, if the process may open as many files.
const MAX_CONNECTIONS: usize = 2_048;
/// The limit of open files where the system does not tell it.
const FILES: usize = 256;

/// How many connections each of `services` may keep that share this process.
pub(super) fn limit(services: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    limit_of(max_open_files(&limits).unwrap_or(FILES), services)
}

/// Databases, brokers and libraries need files as well: up to 256, and under a low limit more than clients.
fn limit_of(files: usize, services: usize) -> usize {
    let clients = files.saturating_sub(256).max(files / 5 * 2);
    (clients / services.max(1)).saturating_sub(RESERVE).clamp(RESERVE, MAX_CONNECTIONS)
}

/// The soft limit of open files; `None` if there is none.
fn max_open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(usize::MAX) } else { soft.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit            Soft Limit   Hard Limit   Units\n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(max_open_files(limits), Some(1024));
        assert_eq!(max_open_files("Max open files unlimited unlimited files"), Some(usize::MAX));
        assert_eq!(max_open_files(""), None);
        let limits = [(200, 3), (256, 1), (1_024, 1), (1_048_576, 1), (16, 3), (usize::MAX, 3)];
        let allowed = limits.map(|(files, services)| limit_of(files, services));
        assert_eq!(allowed, [18, 94, 760, 2_048, 8, 2_048]);
    }
}
