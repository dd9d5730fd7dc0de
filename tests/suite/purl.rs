//! The official purl suite.

use licit_model::Purl;
use serde_json::Value;

use crate::snapshot::shared;

#[test]
fn the_required_cases_of_the_official_suite_hold() {
    let Some(dir) = shared("schemas/purl/tests") else { return };
    let mut run = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<_> = ["types", "spec"]
        .iter()
        .flat_map(|d| std::fs::read_dir(dir.join(d)).unwrap())
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let suite: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for case in suite["tests"].as_array().unwrap() {
            if case["test_group"] == "required" {
                run += 1;
                if let Err(why) = check(case) {
                    wrong.push(format!(
                        "{}: {}: {why}",
                        file.file_name().unwrap().display(),
                        case["description"]
                    ));
                }
            }
        }
    }
    assert!(run > 200, "only {run} cases were found");
    assert!(wrong.is_empty(), "{} of {run} fail:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(case: &Value) -> Result<(), String> {
    let failure = case["expected_failure"].as_bool().unwrap_or(false);
    let expected = &case["expected_output"];
    let text = |v: &Value| v.as_str().map(str::to_string);
    let result = match case["test_type"].as_str().unwrap() {
        "parse" | "validate" => Purl::parse(case["input"].as_str().unwrap()),
        _ => {
            let input = &case["input"];
            let qualifiers: Vec<(String, String)> = input["qualifiers"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.as_str().unwrap_or("").to_string()))
                .collect();
            Purl::build(
                input["type"].as_str().unwrap_or(""),
                input["namespace"].as_str(),
                input["name"].as_str().unwrap_or(""),
                input["version"].as_str(),
                &qualifiers,
                input["subpath"].as_str(),
            )
        }
    };
    let purl = match (result, failure) {
        (Err(_), true) => return Ok(()),
        (Err(error), false) => return Err(error.to_string()),
        (Ok(purl), true) => return Err(format!("accepted as {purl}")),
        (Ok(purl), false) => purl,
    };
    if let Some(wanted) = expected.as_str() {
        return if purl.to_string() == wanted { Ok(()) } else { Err(format!("want {wanted}, got {purl}")) };
    }
    let parts = [
        ("type", Some(purl.kind.to_string())),
        ("namespace", purl.namespace.clone()),
        ("name", Some(purl.name.clone())),
        ("version", purl.version.clone()),
        ("subpath", purl.subpath.clone()),
    ];
    for (key, got) in parts {
        if text(&expected[key]).filter(|t| !t.is_empty()) != got {
            return Err(format!("{key}: want {}, got {got:?}", expected[key]));
        }
    }
    let wanted: std::collections::BTreeMap<String, String> = expected["qualifiers"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string())))
        .collect();
    if wanted == purl.qualifiers { Ok(()) } else { Err(format!("qualifiers: {:?}", purl.qualifiers)) }
}
