//! One file a command.

pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod db;
pub(crate) mod explain;
pub(crate) mod identify;
pub(crate) mod models;
pub(crate) mod outbound;
pub(crate) mod scan;
pub(crate) mod scanned;
