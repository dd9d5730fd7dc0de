//! The files of `rules/changes/` hold, and look-ups find what they should.

use super::*;

fn purl(text: &str) -> Purl {
    Purl::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The license at a purl with a version, with a ` | ` between both sides of a border.
fn at(text: &str) -> String {
    let purl = purl(text);
    let Some(change) = changes_for(&purl) else {
        return if Changes::embedded().kept(&purl).is_some() { "kept" } else { "none" }.to_string();
    };
    let tag = purl.qualifiers.get("tag").map_or(purl.version(), String::as_str);
    show(change.license_at(&purl.kind, tag))
}

fn show(at: At<'_>) -> String {
    match at {
        At::Exact(span) => span.license.clone(),
        At::Boundary { before, after } => format!("{} | {}", before.license, after.license),
        At::Unknown => "unknown".to_string(),
    }
}

#[test]
fn every_file_can_be_used() {
    let errors: Vec<String> = check_changes().iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(Changes::embedded().all().len() >= 50, "{} files", Changes::embedded().all().len());
}

#[test]
fn no_package_is_claimed_by_two_files() {
    let mut seen = std::collections::BTreeMap::new();
    for change in Changes::embedded().all() {
        for package in &change.packages {
            if let Some(other) = seen.insert(package.as_str(), change.name.as_str()) {
                assert_eq!(other, change.name, "{package}");
            }
        }
    }
}

#[test]
fn rows_of_the_field() {
    for (text, license) in [
        // RC010
        ("pkg:pypi/cftime@1.4.0", "MIT"),
        ("pkg:pypi/cftime@1.3.1", "GPL-3.0-or-later"),
        // RC003
        ("pkg:pypi/cursor@1.3.4", "GPL-3.0-only"),
        // RC026
        ("pkg:cargo/array-bytes@4.1.0", "GPL-3.0-only"),
        ("pkg:cargo/array-bytes@4.2.0", "Apache-2.0 OR GPL-3.0-only"),
        // RC052, RC053, RC054, RC055
        ("pkg:golang/github.com/grafana/loki@v1.6.2-0.20210429123456-0123456789ab", "AGPL-3.0-only"),
        ("pkg:golang/github.com/grafana/loki@v1.6.2-0.20210301123456-0123456789ab", "Apache-2.0"),
        ("pkg:docker/grafana/loki@2.2.1", "Apache-2.0"),
        ("pkg:golang/github.com/grafana/loki/v3@v3.0.0#pkg/logql", "AGPL-3.0-only"),
        ("pkg:golang/github.com/grafana/loki/v3@v3.0.0#pkg/loghttp", "kept"),
        // RC058, RC059
        ("pkg:golang/github.com/hashicorp/vault/api@v1.9.2", "kept"),
        ("pkg:golang/github.com/hashicorp/vault/api/auth/gcp@v0.5.0", "kept"),
        ("pkg:golang/github.com/hashicorp/vault@v1.15.0", "BUSL-1.1"),
        // RC061, RC062
        ("pkg:maven/com.typesafe.akka/akka-actor_2.13@2.8.3", "BUSL-1.1"),
        ("pkg:maven/com.typesafe.akka/akka-actor_2.13@2.6.20", "Apache-2.0"),
        ("pkg:maven/com.typesafe.akka/akka-actor_2.13@2.6.21", "Apache-2.0"),
        // RC065, RC066, RC067
        ("pkg:docker/redis@7-alpine", "BSD-3-Clause | LicenseRef-RSALv2 OR SSPL-1.0"),
        ("pkg:docker/library/redis@7.4", "LicenseRef-RSALv2 OR SSPL-1.0"),
        ("pkg:oci/redis?repository_url=docker.io/library/redis&tag=7.2-alpine", "BSD-3-Clause"),
        ("pkg:oci/redis?repository_url=ghcr.io/somebody/redis&tag=7", "none"),
        ("pkg:docker/redis@8.0", "LicenseRef-RSALv2 OR SSPL-1.0 OR AGPL-3.0-only"),
        ("pkg:docker/valkey/valkey@8", "BSD-3-Clause"),
        // RC071, RC072
        ("pkg:docker/mongo@4.0.4", "SSPL-1.0"),
        ("pkg:docker/mongo@4.0.3", "AGPL-3.0-only"),
        ("pkg:docker/mongo@7", "SSPL-1.0"),
        ("pkg:docker/mongo@4.0", "AGPL-3.0-only | SSPL-1.0"),
        // The rest of the list in the research notes.
        ("pkg:github/hashicorp/terraform@v1.5.7", "MPL-2.0"),
        ("pkg:github/hashicorp/terraform@v1.6.0", "BUSL-1.1"),
        ("pkg:github/hashicorp/terraform@v1.6.0-beta1", "MPL-2.0 | BUSL-1.1"),
        ("pkg:nuget/FluentAssertions@7.2.0", "Apache-2.0"),
        ("pkg:gem/mimemagic@0.3.5", "MIT AND GPL-2.0-or-later"),
        ("pkg:gem/mimemagic@0.3.10", "MIT"),
        ("pkg:npm/tinymce@6.8.0", "MIT"),
        ("pkg:npm/tinymce@7.0.0", "GPL-2.0-or-later"),
        ("pkg:github/hashicorp/nomad@v1.5.13", "BUSL-1.1"),
        ("pkg:github/hashicorp/nomad@v1.6.0", "MPL-2.0"),
        ("pkg:golang/github.com/hashicorp/nomad/somewhere@v0.1.0", "none"),
        ("pkg:docker/minio/minio@RELEASE.2021-04-22T15-44-28Z", "Apache-2.0"),
        ("pkg:docker/minio/minio@RELEASE.2021-05-11T23-27-41Z", "AGPL-3.0-only"),
        ("pkg:nuget/MassTransit.RabbitMQ@9.0.1", "LicenseRef-licit-proprietary"),
        ("pkg:nuget/MediatR.Contracts@2.0.1", "kept"),
        ("pkg:pypi/pystan@3.0.0", "ISC"),
    ] {
        assert_eq!(at(text), license, "{text}");
    }
}

#[test]
fn ranges_over_a_border() {
    let of = |text: &str, range: &str| {
        let purl = purl(text);
        show(changes_for(&purl).expect("a record").license_of_range(&purl.kind, range))
    };
    assert_eq!(of("pkg:pypi/cftime", ">=1.0"), "GPL-3.0-or-later | MIT");
    assert_eq!(of("pkg:pypi/cftime", ">=1.4,<2"), "MIT");
    assert_eq!(of("pkg:maven/com.typesafe.akka/akka-stream_2.12", "[2.6,2.8)"), "Apache-2.0 | BUSL-1.1");
    assert_eq!(of("pkg:maven/com.typesafe.akka/akka-stream_2.12", "2.6.20"), "Apache-2.0");
    assert_eq!(
        of("pkg:docker/redis", "latest"),
        "BSD-3-Clause | LicenseRef-RSALv2 OR SSPL-1.0 OR AGPL-3.0-only"
    );
    assert_eq!(of("pkg:docker/redis", "sha256:00"), "unknown");
    // Later patches of the branch are not recorded, so the branch is not under one known license.
    assert_eq!(of("pkg:docker/hashicorp/consul", "1.16"), "unknown");
    assert_eq!(of("pkg:docker/hashicorp/consul", "1.16.1"), "MPL-2.0");
    assert_eq!(of("pkg:docker/hashicorp/consul", "1.17"), "BUSL-1.1");
    assert_eq!(of("pkg:pypi/cftime", "git+https://example.org/cftime"), "unknown");
}

#[test]
fn change_dates_are_computed() {
    let akka = changes_for(&purl("pkg:maven/com.typesafe.akka/akka-actor_2.13")).expect("akka");
    let At::Exact(span) = akka.license_at("maven", "2.8.5") else { panic!("2.8.5 is under one license") };
    assert_eq!(span.conversion("2.8.5"), Some(Conversion::On("2026-09-20".to_string())));
    let terraform = changes_for(&purl("pkg:github/hashicorp/terraform")).expect("terraform");
    let At::Exact(span) = terraform.license_at("github", "v1.6.0") else {
        panic!("1.6.0 is under one license")
    };
    assert_eq!(span.conversion("v1.6.0"), Some(Conversion::On("2027-10-04".to_string())));
    assert_eq!(span.conversion("1.99.0"), Some(Conversion::YearsAfterRelease(4)));
    let leap = Day::parse("2024-02-29").expect("a day");
    assert_eq!(leap.plus_years(4).to_string(), "2028-02-29");
    assert_eq!(leap.plus_years(3).to_string(), "2027-03-01");
    assert_eq!(Day::parse("2024-13-01"), None);
}
