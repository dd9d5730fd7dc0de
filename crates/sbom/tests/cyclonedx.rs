//! The CycloneDX document of a scan made by hand.

#![allow(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

use std::collections::BTreeSet;

use licit_model::Scan;
use licit_model::scan::GraphDepth;
use licit_sbom::{DocumentMeta, UNSPECIFIED_VERSION, cyclonedx};
use serde_json::{Value, json};

mod sample;

fn bytes(scan: &Scan, meta: &DocumentMeta) -> Vec<u8> {
    let mut out = Vec::new();
    cyclonedx::write(scan, meta, &mut out).unwrap();
    out
}

fn bom(scan: &Scan) -> Value {
    serde_json::from_slice(&bytes(scan, &sample::meta())).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn find<'a>(bom: &'a Value, name: &str) -> &'a Value {
    list(&bom["components"]).iter().find(|c| c["name"] == name).unwrap()
}

fn depends_on(bom: &Value, bom_ref: &str) -> Value {
    list(&bom["dependencies"]).iter().find(|d| d["ref"] == bom_ref).unwrap()["dependsOn"].clone()
}

fn property<'a>(component: &'a Value, name: &str) -> Option<&'a str> {
    list(&component["properties"]).iter().find(|p| p["name"] == name)?["value"].as_str()
}

/// What must hold of every document.
fn check_references(bom: &Value) {
    let mut refs: Vec<&str> =
        list(&bom["components"]).iter().map(|c| c["bom-ref"].as_str().unwrap()).collect();
    refs.push(bom["metadata"]["component"]["bom-ref"].as_str().unwrap());
    let known: BTreeSet<&str> = refs.iter().copied().collect();
    assert_eq!(known.len(), refs.len(), "every ref once");

    let stated: Vec<&str> = list(&bom["dependencies"]).iter().map(|d| d["ref"].as_str().unwrap()).collect();
    assert!(stated.is_sorted());
    assert_eq!(stated.len(), known.len(), "one entry each");
    assert_eq!(stated.iter().copied().collect::<BTreeSet<_>>(), known);
    let mut in_compositions = BTreeSet::new();
    for dependency in list(&bom["dependencies"]) {
        let on: Vec<&str> = list(&dependency["dependsOn"]).iter().map(|d| d.as_str().unwrap()).collect();
        assert!(dependency["dependsOn"].is_array());
        assert!(on.windows(2).all(|w| w[0] < w[1]), "sorted and each once");
        assert!(on.iter().all(|d| known.contains(d) && dependency["ref"] != *d));
    }
    for composition in list(&bom["compositions"]) {
        for bom_ref in list(&composition["dependencies"]) {
            assert!(in_compositions.insert(bom_ref.as_str().unwrap()), "one verdict each");
        }
    }
    assert_eq!(in_compositions, known);

    for component in list(&bom["components"]) {
        for field in ["type", "name", "version", "purl"] {
            assert!(!component[field].as_str().unwrap().is_empty(), "{field} of {component}");
        }
        assert!(!component["supplier"]["name"].as_str().unwrap().is_empty());
        let licenses = list(&component["licenses"]);
        assert!(!licenses.is_empty());
        assert!(licenses.len() == 1 || licenses.iter().all(|l| l["license"].is_object()));
    }
}

#[test]
fn references_hold_whatever_the_number_of_roots() {
    for scan in [sample::scan(), sample::two_roots(), sample::no_root()] {
        check_references(&bom(&scan));
    }
    check_references(&bom(&Scan { graph: Default::default(), completeness: Vec::new(), ..sample::scan() }));
}

#[test]
fn the_only_package_is_the_subject() {
    let bom = bom(&sample::scan());
    let subject = &bom["metadata"]["component"];
    assert_eq!(subject["bom-ref"], sample::ROOT);
    assert_eq!((&subject["name"], &subject["version"]), (&json!("shop"), &json!("2.4.0")));
    assert_eq!(subject["purl"], sample::ROOT);
    assert_eq!(subject.get("scope"), None);
    assert_eq!(
        depends_on(&bom, sample::ROOT),
        json!([
            "pkg:cargo/parser@0.3.1%2Bbuild.5?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fforks%2Fparser%40abc123",
            "pkg:npm/%40acme/ui@1.0.0",
            "pkg:pypi/requests",
        ])
    );
}

#[test]
fn several_packages_stand_below_the_project() {
    let bom = bom(&sample::two_roots());
    let subject = &bom["metadata"]["component"];
    assert_eq!((&subject["bom-ref"], &subject["name"]), (&json!("project:checkout"), &json!("checkout")));
    assert_eq!((subject.get("purl"), subject.get("version")), (None, None));
    assert_eq!(depends_on(&bom, "project:checkout"), json!([sample::ROOT, "tools"]));
    let nameless = find(&bom, sample::TOOLS);
    assert_eq!(nameless["purl"], "pkg:generic/outils%20d%27%C3%A9t%C3%A9:%20a-b");
    assert_eq!(nameless["supplier"]["name"], "checkout project");
    assert_eq!(property(nameless, "licit:firstParty"), Some("true"));
}

#[test]
fn without_a_package_the_project_asks_for_what_nothing_else_asks_for() {
    let bom = bom(&sample::no_root());
    let on = depends_on(&bom, "project:checkout");
    assert!(list(&on).contains(&json!("pkg:npm/%40acme/ui@1.0.0")));
    assert!(!list(&on).contains(&json!("pkg:cargo/codec@1.1.0")));
}

#[test]
fn the_same_scan_gives_the_same_bytes() {
    let first = bytes(&sample::scan(), &sample::meta());
    assert_eq!(first, bytes(&sample::scan(), &sample::meta()));
    assert!(first.ends_with(b"}\n"));

    let later = DocumentMeta { timestamp: "2027-01-01T00:00:00Z".into(), ..sample::meta() };
    let a: Value = serde_json::from_slice(&first).unwrap();
    let mut b: Value = serde_json::from_slice(&bytes(&sample::scan(), &later)).unwrap();
    assert_eq!(a["serialNumber"], b["serialNumber"]);
    b["metadata"]["timestamp"] = a["metadata"]["timestamp"].clone();
    assert_eq!(a, b, "nothing else tells of the time");

    let mut other = sample::scan();
    other.graph.components[0].licenses.concluded = Some("Zlib".into());
    assert_ne!(bom(&other)["serialNumber"], a["serialNumber"]);

    let serial = a["serialNumber"].as_str().unwrap();
    let (prefix, uuid) = serial.split_at("urn:uuid:".len());
    assert_eq!((prefix, uuid.len()), ("urn:uuid:", 36));
    assert_eq!(&uuid[14..15], "8", "a name-based UUID of a hash that is not SHA-1");
    assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"));
}

#[test]
fn licenses_are_said_as_the_schema_allows() {
    let bom = bom(&sample::scan());
    let check = |name: &str, expected: Value| assert_eq!(find(&bom, name)["licenses"], expected, "{name}");
    check("parser", json!([{"expression": "MIT OR Apache-2.0", "acknowledgement": "concluded"}]));
    check("codec", json!([{"expression": "LicenseRef-Acme-EULA", "acknowledgement": "concluded"}]));
    check("requests", json!([{"license": {"name": "NOASSERTION"}}]));
    check("left", json!([{"license": {"name": "Custom: ask Left Inc.", "acknowledgement": "declared"}}]));
    check("fresh", json!([{"license": {"name": "Bugroff", "acknowledgement": "concluded"}}]));
    check(
        "github.com/BurntSushi/toml",
        json!([{
            "expression": "GPL-2.0-only WITH Classpath-exception-2.0",
            "acknowledgement": "concluded",
        }]),
    );
    let ui: Vec<&Value> = list(&bom["components"]).iter().filter(|c| c["name"] == "@acme/ui").collect();
    assert_eq!(ui.len(), 2);
    assert_eq!(
        ui[0]["licenses"],
        json!([
            {"license": {"id": "MIT", "acknowledgement": "declared"}},
            {"license": {"id": "ISC", "acknowledgement": "concluded"}},
        ])
    );
    assert_eq!(ui[1]["licenses"], json!([{"license": {"id": "MIT", "acknowledgement": "concluded"}}]));
    assert_eq!(ui[1]["evidence"]["licenses"], json!([{"license": {"id": "MIT"}}]));
    assert_eq!(property(ui[1], "licit:declaredLicense"), Some("MIT"));
}

#[test]
fn names_versions_and_scopes() {
    let bom = bom(&sample::scan());
    let ui = find(&bom, "@acme/ui");
    assert_eq!((ui.get("group"), &ui["purl"]), (None, &json!("pkg:npm/%40acme/ui@0.9.0")));
    assert_eq!(ui["scope"], "required");
    assert_eq!(find(&bom, "parser")["scope"], "optional");
    let requests = find(&bom, "requests");
    assert_eq!((&requests["version"], &requests["scope"]), (&json!(UNSPECIFIED_VERSION), &json!("excluded")));
    assert_eq!(property(requests, "licit:requested"), Some(">=2.0,<3"));
    assert_eq!(property(requests, "licit:scope"), Some("dev"));
}

#[test]
fn suppliers_rest_on_facts() {
    let bom = bom(&sample::scan());
    let check = |name: &str, supplier: &str, basis: &str| {
        let component = find(&bom, name);
        assert_eq!(component["supplier"]["name"], supplier, "{name}");
        assert_eq!(property(component, "licit:supplierBasis"), Some(basis), "{name}");
    };
    check("@acme/ui", "@acme", "namespace");
    check("github.com/BurntSushi/toml", "github.com/BurntSushi", "namespace");
    check("parser", "git.example/forks", "repository");
    check("left", "cdn.example", "distributor");
    check("fresh", "registry npm.example", "distributor");
    check("codec", "Rust crate registry", "distributor");
    check("requests", licit_sbom::supplier::UNKNOWN, "unknown");

    let given = DocumentMeta { supplier: Some("Acme".into()), author: Some("Jo".into()), ..sample::meta() };
    let bom: Value = serde_json::from_slice(&bytes(&sample::scan(), &given)).unwrap();
    assert_eq!(bom["metadata"]["supplier"], json!({"name": "Acme"}));
    assert_eq!(bom["metadata"]["authors"], json!([{"name": "Jo"}]));
    assert_eq!(bom["metadata"]["component"]["supplier"], json!({"name": "Acme"}));
    assert_eq!(find(&bom, "codec")["supplier"]["name"], "Rust crate registry");
}

#[test]
fn hashes_places_and_addresses() {
    let bom = bom(&sample::scan());
    let ui: Vec<&Value> = list(&bom["components"]).iter().filter(|c| c["name"] == "@acme/ui").collect();
    assert_eq!(ui[0]["hashes"], json!([{"alg": "SHA-512", "content": "c".repeat(128)}]));
    // The double is gone, and so is the one that is too short to be what it says.
    assert_eq!(ui[1]["hashes"], json!([{"alg": "SHA-512", "content": "a".repeat(128)}]));
    assert_eq!(
        ui[1]["evidence"]["occurrences"],
        json!([
            {"location": "package-lock.json", "line": 12},
            {"location": "package-lock.json", "line": 40},
        ])
    );
    let parser = find(&bom, "parser");
    assert_eq!(
        parser["externalReferences"],
        json!([{"url": "https://git.example/forks/parser#abc123", "type": "vcs"}])
    );
    assert_eq!(
        parser["purl"],
        "pkg:cargo/parser@0.3.1%2Bbuild.5?vcs_url=git%2Bhttps://git.example/forks/parser%40abc123"
    );
    assert_eq!(find(&bom, "left")["externalReferences"][0]["type"], "distribution");
    assert_eq!(find(&bom, "codec").get("externalReferences"), None);
    assert!(!bom.to_string().contains("s3cret"));
}

#[test]
fn compositions_say_what_is_missing() {
    let verdicts = |scan: &Scan| -> Vec<(String, usize, usize)> {
        list(&bom(scan)["compositions"])
            .iter()
            .map(|c| {
                let count = |field: &str| list(&c[field]).len();
                (c["aggregate"].as_str().unwrap().to_string(), count("assemblies"), count("dependencies"))
            })
            .collect()
    };
    let is = |a: &str, assemblies, dependencies| (a.to_string(), assemblies, dependencies);
    assert_eq!(verdicts(&sample::scan()), [is("complete", 1, 10)]);
    // What a list of direct dependencies holds is complete for the project's own package and for nothing below it.
    assert_eq!(
        verdicts(&sample::two_roots()),
        [is("complete", 0, 10), is("incomplete_first_party_only", 1, 0), is("unknown", 0, 2)]
    );
    assert_eq!(verdicts(&sample::no_root()), [is("incomplete", 1, 0), is("unknown", 0, 10)]);

    let mut flat = sample::scan();
    flat.completeness[1].graph = GraphDepth::Flat;
    assert_eq!(verdicts(&flat), [is("complete", 1, 7), is("unknown", 0, 3)]);
}

#[test]
fn models_say_what_they_are_and_from_what_they_came() {
    use licit_model::{Derivation, Descent, Ecosystem, Kind, ModelCard, Purl, Source};
    let mut scan = sample::scan();
    let named = |name: &str, kind: Kind, card: ModelCard| {
        let purl = Purl::named("huggingface", name, "");
        let mut c = sample::component(&purl, Ecosystem::Huggingface, Source::Registry(None));
        (c.kind, c.model) = (kind, Some(Box::new(card)));
        c
    };
    let came = |from: &str, derivation| Descent {
        from: format!("pkg:huggingface/{from}"),
        derivation,
        told_by: "README.md:3".into(),
    };
    let card = ModelCard {
        architecture: Some("llama".into()),
        task: Some("text-generation".into()),
        parameters: Some(7),
        origins: vec![came("m/base", Derivation::Finetune), came("datasets/d/set", Derivation::Trained)],
        labels: vec![("mit".into(), "README.md:2".into())],
        ..ModelCard::default()
    };
    scan.graph.components.push(named("a/tuned", Kind::Model, card));
    scan.graph.components.push(named("m/base", Kind::Model, ModelCard::default()));
    scan.graph.components.push(named("datasets/d/set", Kind::Dataset, ModelCard::default()));
    let mut order: Vec<usize> = (0..scan.graph.components.len()).collect();
    order.sort_by(|a, b| scan.graph.components[*a].id.cmp(&scan.graph.components[*b].id));
    for edge in &mut scan.graph.edges {
        let place = |at: usize| order.iter().position(|o| *o == at).unwrap();
        (edge.from, edge.to) = (place(edge.from), place(edge.to));
    }
    scan.graph.components.sort_by(|a, b| a.id.cmp(&b.id));
    let bom = bom(&scan);
    check_references(&bom);
    let tuned = find(&bom, "a/tuned");
    assert_eq!(tuned["type"], "machine-learning-model");
    assert_eq!(tuned["supplier"]["name"], "a");
    let parameters = &tuned["modelCard"]["modelParameters"];
    assert_eq!(parameters["modelArchitecture"], "llama");
    assert_eq!(
        parameters["datasets"],
        json!([{ "type": "dataset", "name": "datasets/d/set", "classification": "not stated" }])
    );
    assert_eq!(tuned["pedigree"]["ancestors"].as_array().unwrap().len(), 1);
    assert_eq!(tuned["pedigree"]["notes"], "finetune of m/base, as README.md:3 says");
    assert_eq!(property(&tuned["modelCard"], "licit:model:licenseLabel"), Some("mit (README.md:2)"));
    let data = find(&bom, "datasets/d/set");
    assert_eq!((&data["type"], &data["supplier"]["name"]), (&json!("data"), &json!("d")));
    assert!(data["modelCard"].is_null() && find(&bom, "m/base")["pedigree"].is_null());
}
