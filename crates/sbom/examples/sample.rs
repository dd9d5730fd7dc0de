//! Prints the CycloneDX document of the tests' hand-made scan, for validators that are not written in Rust:
//! `cargo run -p licit-sbom --example sample [one|two|none] > FILE`, where the word says how many packages are the
//! project's own.

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> std::io::Result<()> {
    let scan = match std::env::args().nth(1).as_deref() {
        Some("two") => sample::two_roots(),
        Some("none") => sample::no_root(),
        _ => sample::scan(),
    };
    licit_sbom::cyclonedx::write(&scan, &sample::meta(), &mut std::io::stdout().lock())
}
