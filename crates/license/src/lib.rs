//! What licit knows of licenses: expressions, classes, clauses, texts.
//!
//! *Invariant*: values in, values out. The rules are compiled in; a caller may hand in others that it read.

pub mod conclude;
pub mod debian;
pub mod expression;
pub mod identify;
pub mod know;
pub mod store;

pub use conclude::{Statement, conclude};
pub use expression::{Expr, Term};
pub use know::{Knowledge, License};
