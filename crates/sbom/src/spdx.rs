//! SPDX documents.

pub(crate) mod read;
pub(crate) mod tags;
pub(crate) mod three;
