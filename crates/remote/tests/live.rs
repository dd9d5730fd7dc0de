//! One real package from each registry that this machine's own clients reach, found through their own configuration.
//! Run with `cargo test -p licit-remote --test live -- --ignored`.

// A test that meets a missing file or value has to fail there and then.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::process::Command;

use licit_model::Purl;
use licit_remote::config::{Trust, cargo, npmrc, pip};
use licit_remote::{Answer, Client, Registries, Settings};

/// What a client prints, or nothing.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_string();
    (output.status.success() && text.starts_with("http")).then_some(text)
}

fn ask(registries: Registries, purl: Purl) -> Answer {
    let settings = Settings { registries, deps_dev: None, ..Settings::default() };
    Client::new(settings).unwrap().fetch_many(&[purl], &()).remove(0)
}

fn states(answer: &Answer, license: &str) {
    assert_eq!(answer.problem, None, "{answer:?}");
    let all: Vec<&str> = answer.licenses.iter().map(|l| l.text.as_str()).collect();
    assert!(all.iter().any(|t| t.contains(license)), "{all:?}");
    eprintln!("{} from {}: {all:?}; {:?}", answer.purl, answer.source, answer.facts.line());
}

#[test]
#[ignore = "asks the network"]
fn npm() {
    let Some(registry) = told("npm", &["config", "get", "registry"]) else { return };
    let text = format!("registry={registry}\n");
    for (purl, license) in
        [(Purl::npm("left-pad", "1.3.0"), "WTFPL"), (Purl::npm("@types/node", "20.0.0"), "MIT")]
    {
        let npm = npmrc::read(&[(Trust::User, &text)], &|_| None);
        states(&ask(Registries { npm, ..Registries::default() }, purl), license);
    }
}

#[test]
#[ignore = "asks the network"]
fn python() {
    let own = told("python3", &["-m", "pip", "config", "get", "global.index-url"]);
    let usual =
        || told("python3", &["-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"]);
    let Some(index) = own.or_else(usual) else { return };
    let pip = pip::read(&[], Some(&index), None, None);
    let registries = Registries { pip, ..Registries::default() };
    states(&ask(registries.clone(), Purl::pypi("six", "1.16.0")), "MIT");
    states(&ask(registries, Purl::pypi("attrs", "25.1.0")), "MIT");
}

#[test]
#[ignore = "asks the network"]
fn rust() {
    let home = std::env::var("CARGO_HOME").unwrap_or(format!("{}/.cargo", std::env::var("HOME").unwrap()));
    // Cargo names the folder of a sparse index after its host.
    let folders = std::fs::read_dir(format!("{home}/registry/index")).into_iter().flatten().flatten();
    let sparse = folders.filter(|f| f.path().join("config.json").is_file());
    let Some(folder) = sparse.map(|f| f.file_name().to_string_lossy().into_owned()).next() else { return };
    let Some((host, _)) = folder.rsplit_once('-') else { return };
    let config = format!(
        "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+https://{host}/\"\n"
    );
    let cargo = cargo::read(&[(Trust::User, &config)], &|_| None);
    let registries = Registries { cargo, ..Registries::default() };
    states(&ask(registries, Purl::cargo("serde", "1.0.200")), "MIT OR Apache-2.0");
}
