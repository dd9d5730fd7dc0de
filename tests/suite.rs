//! The one end-to-end test binary: fixtures of every extractor, whole scans, the documents that come out.
//!
//! `LICIT_BLESS=1 cargo test --test suite` writes expected outputs anew; read the difference before you commit it.

// A test that meets a missing file or value has to fail there and then.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "suite/ai.rs"]
mod ai;
#[path = "suite/cases.rs"]
mod cases;
#[path = "suite/check.rs"]
mod check;
#[path = "suite/conformance.rs"]
mod conformance;
#[path = "suite/coverage.rs"]
mod coverage;
#[path = "suite/db.rs"]
mod db;
#[path = "suite/explain.rs"]
mod explain;
#[path = "suite/extract.rs"]
mod extract;
#[path = "suite/extractors.rs"]
mod extractors;
#[path = "suite/hostile.rs"]
mod hostile;
#[path = "suite/large.rs"]
mod large;
#[path = "suite/models.rs"]
mod models;
#[path = "suite/online.rs"]
mod online;
#[path = "suite/osadl.rs"]
mod osadl;
#[path = "suite/purl.rs"]
mod purl;
#[path = "suite/scan.rs"]
mod scan;
#[path = "suite/schema.rs"]
mod schema;
#[path = "suite/snapshot.rs"]
mod snapshot;
#[path = "suite/tree.rs"]
mod tree;
