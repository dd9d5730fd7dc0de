//! Reads a tree: one walk, one extractor a format, one graph.

pub mod extract;
