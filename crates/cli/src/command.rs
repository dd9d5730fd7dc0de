//! One file a command.

pub(crate) mod identify;
pub(crate) mod scan;
