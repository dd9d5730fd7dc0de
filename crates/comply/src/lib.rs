//! Judges: what the licenses of a graph ask of the way the product is shipped.
//!
//! *Invariant*: pure. The same graph, product and rules give the same findings in the same order.

pub mod changes;
mod choice;
pub mod codes;
pub mod company;
pub mod compat;
pub mod compatible;
mod effective;
pub mod files;
pub mod gate;
mod gnu;
pub mod lineage;
pub mod obligations;
pub mod outbound;
mod parts;
pub mod policy;
pub mod product;
pub mod reciprocity;
pub mod remedy;
pub mod usage;
pub mod verdict;

pub use company::Company;
pub use files::judge_files;
pub use lineage::{LicenseText, judge_models, leave_to_models};
pub use product::{Distribution, Outbound, Plan};
pub use reciprocity::{judge, judge_with, sort};
