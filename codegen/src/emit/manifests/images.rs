//! The images that are not ours, by tag and digest: the tag is for people, and
//! the digest says which.

/// Apache Kafka, of the version that `cargo saga up` runs.
pub(in crate::emit) const KAFKA: &str =
    "apache/kafka:4.1.2@sha256:5cc2a2fd93fa2687b44015eee04fb2c3edd9e526bd64bf8bec5ff1e268772e0e";

/// PostgreSQL.
pub(in crate::emit) const POSTGRES: &str =
    "postgres:17.11-bookworm@sha256:639ab7ceb90e13123085b741fb31ef493fba25463002f6da665352e7b534b652";

/// What the services are built with.
pub(in crate::emit) const RUST: &str =
    "rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1";

/// The toolchain in [`RUST`].
pub(in crate::emit) const TOOLCHAIN: &str = "1.95.0";

/// What the services run in: the C library, OpenSSL and the authorities, and no
/// shell.
pub(in crate::emit) const BASE: &str = "gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f";

/// The user of [`BASE`].
pub(in crate::emit) const SERVICE_UID: u32 = 65_532;

/// The user that Kafka runs as. The image's own is below 10 000, where it may
/// be one of the node's.
pub(super) const KAFKA_UID: u32 = 10_092;

/// The user that PostgreSQL runs as, for the same reason.
pub(super) const POSTGRES_UID: u32 = 10_432;
