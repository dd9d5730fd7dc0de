//! The JSON Schema of the scan document is the one that the code gives.

use crate::snapshot::{matches_file, root};

#[test]
fn the_committed_schema_is_the_codes() {
    let schema = licit_report::json::schema();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    matches_file(&root().join("docs/schema/scan-1.schema.json"), &text);
}
