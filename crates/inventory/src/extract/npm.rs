//! What npm, Yarn and pnpm share: how they spell requirements, places, checksums and licenses.

pub mod assembly;
pub mod block;
pub mod checksum;
pub mod license;
pub mod notes;
pub mod origin;
pub mod spec;
