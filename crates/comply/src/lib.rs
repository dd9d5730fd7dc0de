//! Judges: what the licenses of a graph ask of the way the product is shipped.
//!
//! *Invariant*: pure. The same graph, product and rules give the same findings in the same order.

pub mod compatible;
pub mod files;
pub mod product;
pub mod reciprocity;

pub use files::{judge_files, judge_riders};
pub use product::{Distribution, Outbound, Plan};
pub use reciprocity::{judge, sort};
