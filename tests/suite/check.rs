//! The gate, as a CI system runs it: exit codes, every key of `licit.toml`, what the log says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::snapshot::root;

fn licit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit"))
        .args(args)
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap()
}

fn app() -> PathBuf {
    root().join("fixtures/projects/npm-app")
}

/// A fresh folder below the build's own, with a configuration of its own.
fn folder(name: &str, config: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).unwrap();
    }
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("licit.toml"), config).unwrap();
    dir
}

/// Exit code and document of a check of the shop under a policy.
fn shop(name: &str, config: &str) -> (i32, Value) {
    gate(&app(), name, config)
}

/// The gate's answer on a project under a configuration.
fn gate(project: &Path, name: &str, config: &str) -> (i32, Value) {
    let config = folder(name, config).join("licit.toml");
    let output = licit(&[
        "check",
        project.to_str().unwrap(),
        "--no-caches",
        "--format",
        "json",
        "--config",
        config.to_str().unwrap(),
    ]);
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    (output.status.code().unwrap(), document)
}

/// `code component` of each entry.
fn named(list: &Value) -> Vec<String> {
    let word = |v: &Value| v.as_str().unwrap().to_string();
    let name =
        |v: &Value| word(v).trim_start_matches("pkg:npm/").split('@').next().unwrap_or_default().to_string();
    list.as_array()
        .unwrap()
        .iter()
        .map(|v| format!("{} {}", word(&v["code"]), name(&v["component"])))
        .collect()
}

#[test]
fn conflicts_and_unknown_licenses_fail_without_any_policy() {
    let output = licit(&["check", app().to_str().unwrap(), "--no-caches"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("FAIL npm-app: 2 violations, "), "{text}");
    for says in [
        "✗ pdf-core 5.0.3  AGPL-3.0-only  reciprocity-conflict",
        "path     shop-front 2.1.0 → render 1.7.2 → pdf-core 5.0.3",
        "at       package-lock.json:40",
        "policy   built-in policy: findings of severity error fail",
        "✗ @shop/colors 1.4.0  no license known  license-unknown",
        "Way out of all conflicts",
        "Warnings",
        "license-ambiguous",
    ] {
        assert!(text.contains(says), "{says}:\n{text}");
    }
}

#[test]
fn the_document_names_the_line_that_decided() {
    let (code, document) = shop("deny", "[policy]\ndeny = [\n  \"network-copyleft\",\n]\n");
    assert_eq!((code, document["schema"].as_str()), (1, Some("licit/check/1")));
    assert_eq!(document["verdict"], "fail");
    let violations = document["violations"].as_array().unwrap();
    let denied = violations.iter().find(|v| v["code"] == "license-denied").unwrap();
    assert_eq!(denied["component"], "pkg:npm/pdf-core@5.0.3");
    assert_eq!(denied["policy"]["at"], "licit.toml:3");
    assert_eq!(denied["path"][0], "pkg:npm/shop-front@2.1.0");
    assert!(denied["remedies"].as_array().is_some_and(|r| !r.is_empty()));
    assert!(document["ways_out"].as_array().is_some_and(|w| !w.is_empty()));
}

#[test]
fn each_key_of_the_policy_holds() {
    let (code, document) = shop(
        "allow",
        "[policy]\nallow = [\"permissive\"]\nwarn = [\"license-unknown\", \"reciprocity-conflict\"]\n",
    );
    assert_eq!(code, 1);
    // The branch of `MPL-2.0 OR Apache-2.0` that is taken passes, and development tools only warn.
    assert_eq!(named(&document["violations"]), ["license-not-allowed pdf-core"]);
    assert!(named(&document["warnings"]).contains(&"license-not-allowed lint-it".to_string()));

    let (code, document) = shop(
        "review",
        "[policy]\nallow = [\"permissive\"]\nreview = [\"AGPL-3.0-only\"]\nwarn = [\"license-unknown\", \"reciprocity-conflict\"]\n",
    );
    assert_eq!((code, document["verdict"].as_str()), (0, Some("pass")));
    assert!(named(&document["warnings"]).contains(&"license-review pdf-core".to_string()));

    let (code, document) = shop("fail", "[policy]\nfail = [\"license-ambiguous\"]\n");
    assert_eq!(code, 1);
    assert!(named(&document["violations"]).contains(&"license-ambiguous speedup".to_string()));

    let (code, document) = shop(
        "ignore",
        "[policy]\nignore = [\"license-unknown\", \"reciprocity-conflict\", \"license-ambiguous\"]\n",
    );
    assert_eq!(code, 0);
    let ignored: u64 =
        document["ignored"].as_array().unwrap().iter().map(|i| i["count"].as_u64().unwrap()).sum();
    assert_eq!(ignored, 3);

    let (code, document) = shop("scopes", "[policy]\ndeny = [\"strong-copyleft\"]\nscopes = [\"dev\"]\n");
    assert_eq!(code, 1);
    assert_eq!(named(&document["violations"]), ["license-denied lint-it"]);
}

#[test]
fn usage_costs_and_the_product_are_told_in_the_file() {
    let apart = "[policy]\nwarn = [\"license-unknown\"]\n\n[[usage]]\ncomponent = \"pkg:npm/pdf-core\"\nrelation = \"process\"\nreason = \"a worker of its own\"\n";
    let (code, document) = shop("usage", apart);
    assert_eq!(code, 0, "{document:#}");
    let (code, _) =
        shop("internal", "[product]\ndistribution = \"internal\"\n[policy]\nwarn = [\"license-unknown\"]\n");
    assert_eq!(code, 0);
    let way = |document: &Value| document["ways_out"][0]["cost"].as_u64().unwrap();
    let (_, usual) = shop("costs-usual", "");
    let (_, dear) = shop(
        "costs",
        "[costs]\nedge = 900\nmigrate = 900\nadd = 900\ndrop = 900\noutbound = 900\nversion = 900\n",
    );
    assert!(way(&usual) < 900 && way(&dear) >= 900);
    // Who knows that it serves commercial ends and third parties is judged by it; the keys are read without a word.
    let (code, _) = shop("ends", "[product]\ncommercial = true\nthird-party-service = true\n");
    assert_eq!(code, 1);
}

#[test]
fn a_rule_that_speaks_of_nothing_is_said() {
    let config =
        folder("idle", "[[usage]]\ncomponent = \"pdf-cor\"\nrelation = \"process\"\n").join("licit.toml");
    let args = ["check", app().to_str().unwrap(), "--no-caches", "--config", config.to_str().unwrap()]
        .map(str::to_string);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = licit(&args);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("`pdf-cor` in licit.toml speaks of no component")
    );
}

#[test]
fn what_could_not_be_read_ends_with_3() {
    let dir = folder("partial", "");
    std::fs::write(dir.join("package-lock.json"), "{ \"lockfileVersion\": 3, \"packages\": { ").unwrap();
    let package = "{ \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }";
    std::fs::write(dir.join("package.json"), package).unwrap();
    let output = licit(&["check", dir.to_str().unwrap(), "--no-caches"]);
    let text = String::from_utf8_lossy(&output.stdout).to_string();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.starts_with("INCOMPLETE partial: ") && text.contains("package-lock.json"), "{text}");
    std::fs::write(dir.join("licit.toml"), "[policy]\nrequire-complete = false\n").unwrap();
    let output = licit(&["check", dir.to_str().unwrap(), "--no-caches"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("PASS partial: "));
}

#[test]
fn reports_are_written_in_the_same_run() {
    let dir = folder("reports", "");
    let to = |name: &str, file: &str| format!("{name}={}", dir.join(file).display());
    let (json, sbom) = (to("json", "scan.json"), to("cyclonedx-json", "sbom.json"));
    let output = licit(&["check", app().to_str().unwrap(), "--no-caches", "-o", &json, "-o", &sbom]);
    assert_eq!(output.status.code(), Some(1));
    let read =
        |file: &str| -> Value { serde_json::from_slice(&std::fs::read(dir.join(file)).unwrap()).unwrap() };
    assert_eq!(read("scan.json")["schema"], "licit/scan/1");
    assert_eq!(read("sbom.json")["bomFormat"], "CycloneDX");
}

#[test]
fn mistakes_end_with_2_and_say_where() {
    let cases: &[(&str, &str)] = &[
        ("[polcy]\n", ":1:2: unknown key `polcy`; did you mean `policy`?"),
        ("[policy]\nalow = [\"MIT\"]\n", ":2:1: unknown key `alow` in [policy]; did you mean `allow`?"),
        (
            "[policy]\nallow = [\"Apach-2.0\"]\n",
            ":2:10: `Apach-2.0` is no license and no class; did you mean `Apache-2.0`?",
        ),
        ("[policy]\ndeny = [\"copyleft\"]\n", ":2:9: `copyleft` is no license and no class"),
        (
            "[policy]\nfail = [\"licence-unknown\"]\n",
            ":2:9: `licence-unknown` is no finding code; did you mean `license-unknown`?",
        ),
        ("[policy]\nscopes = [\"devel\"]\n", ":2:11: `devel` is no scope; did you mean `dev`?"),
        ("[policy]\nrequire-complete = 1\n", ":2:20: `require-complete` has to be true or false"),
        ("[[usage]]\nrelation = \"static\"\n", ": [[usage]] needs `component`"),
        ("[costs]\ndrop = \"much\"\n", ":2:8: `drop` has to be a whole number"),
        (
            "[product]\ndistribution = \"binry\"\n",
            ":2:16: distribution `binry` is not known; it is one of binary, source",
        ),
        ("[product]\noutbound = \"Some License\"\n", ":2:12: `Some License` is no SPDX expression"),
        ("[policy\n", ":1:"),
    ];
    for (number, (config, says)) in cases.iter().enumerate() {
        let file = folder(&format!("mistake-{number}"), config).join("licit.toml");
        let output = licit(&["check", app().to_str().unwrap(), "--config", file.to_str().unwrap()]);
        let error = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(2), "{config}: {error}");
        assert!(error.contains(says), "{config}: {error}");
        assert!(output.stdout.is_empty());
    }
    let app = app();
    let app = app.to_str().unwrap();
    for (args, says) in [
        (&["check", app, "--format", "jsno"][..], "it is human or json"),
        (&["check", app, "-o", "json"], "give -o a file"),
        (&["check", "no/such/folder"], "cannot read no/such/folder"),
    ] {
        let output = licit(args);
        let error = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(says), "{args:?}: {error}");
    }
}

/// A log of a hundred violations that say the same is no help, and names may hold anything.
#[test]
fn the_log_stays_short_and_clean() {
    let dir = folder("log", "[policy]\ndeny = [\"permissive\"]\n");
    let mut packages =
        String::from("\"\": { \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }");
    for number in 0..40 {
        packages.push_str(&format!(
            ", \"node_modules/p{number}\\u001b[2J\": {{ \"version\": \"1.0.0\", \"license\": \"ISC\" }}"
        ));
    }
    let lock = format!("{{ \"name\": \"toy\", \"lockfileVersion\": 3, \"packages\": {{ {packages} }} }}");
    std::fs::write(dir.join("package-lock.json"), lock).unwrap();
    let package = "{ \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }";
    std::fs::write(dir.join("package.json"), package).unwrap();
    let output = licit(&["check", dir.to_str().unwrap(), "--no-caches"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("✗ 40 components  license-denied"), "{text}");
    assert!(text.lines().count() < 60 && !text.contains('\u{1b}'), "{text}");
    assert_eq!(text.matches("policy   licit.toml:2: deny `permissive`").count(), 1);
}

/// The example of the README is a configuration that works.
#[test]
fn the_example_of_the_readme_is_a_policy() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split("## Gate your CI").nth(1).unwrap();
    let example = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    for table in ["[product]", "[policy]", "[[usage]]", "[costs]"] {
        assert!(example.contains(table), "{table}");
    }
    let (code, document) = shop("readme", example);
    assert_eq!(code, 1, "the shop has a component under AGPL-3.0-only");
    assert!(named(&document["violations"]).contains(&"license-denied pdf-core".to_string()), "{document:#}");
}

#[test]
fn images_are_read_by_nobody_and_held_against_no_list() {
    let project = root().join("fixtures/projects/images");
    let (code, document) = gate(&project, "images", "[policy]\nallow = [\"permissive\"]\n");
    assert_eq!(code, 0, "{document:#}");
    let warnings = document["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|w| w["code"] == "image-unread"), "{document:#}");
    let (code, _) = gate(&project, "images-fail", "[policy]\nfail = [\"image-unread\"]\n");
    assert_eq!(code, 1);
}
