//! The table of licenses that only ScanCode's LicenseDB knows: what its categories mean in our classes, and where the
//! text asks for another class.

use std::collections::BTreeMap;
use std::path::Path;

/// A license of the LicenseDB, as far as the table needs it.
pub(crate) struct Listed {
    /// ScanCode's key.
    pub(crate) key: String,
    /// The id that ScanCode gives it in SPDX documents.
    pub(crate) id: String,
    pub(crate) category: String,
    pub(crate) name: String,
    pub(crate) exception: bool,
    /// It stands for a family of unlike texts.
    pub(crate) generic: bool,
}

/// What stands above the rows.
const HEAD: &str = "\
# Licenses that the SPDX list does not know and that have no rule of their own; written by `cargo xtask-index`, not by hand.
# Facts: ScanCode LicenseDB 32.5.0, keys, categories and names. Copyright (c) nexB Inc. and others. All rights reserved.
# ScanCode is a trademark of nexB Inc. SPDX-License-Identifier: CC-BY-4.0
# License: https://creativecommons.org/licenses/by/4.0/ Data: https://github.com/aboutcode-org/scancode-toolkit
# Changed: rows that have rules were left out; `class` is ours, from the category, or from the text where `why` says so.
# `key` follows `LicenseRef-scancode-` in the id; a whole `LicenseRef-…` stands where the id does not begin so.
# A class rests on the category alone unless `why` says more, so the text decides; `exception` means that its effect is `review`.
# key\tclass\tcategory\tname\twhy
";

/// The table, sorted by key. `ruled` holds the class of each id that has a rule.
pub(crate) fn table(listed: &[Listed], ruled: &BTreeMap<String, String>) -> String {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for license in listed.iter().filter(|l| l.id.starts_with("LicenseRef-") && !ruled.contains_key(&l.id)) {
        let key = license.id.strip_prefix("LicenseRef-scancode-").unwrap_or(&license.id);
        let (class, why) = class(key, license, listed, ruled);
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.push([key.to_string(), class, one_line(&license.category), one_line(&license.name), why]);
    }
    rows.sort();
    rows.dedup_by(|a, b| a[0] == b[0]);
    let mut text = HEAD.to_string();
    for row in rows {
        text.push_str(row.join("\t").trim_end());
        text.push('\n');
    }
    text
}

/// The class of each rule by id, so that the table neither repeats nor contradicts a rule.
pub(crate) fn ruled(rules: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for folder in ["licenses", "models", "exceptions"] {
        for file in super::source::listed(&rules.join(folder), "toml")? {
            let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let rule: toml::Table = toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
            let field = |name: &str| rule.get(name).and_then(toml::Value::as_str).unwrap_or("").to_string();
            found.insert(field("id"), field("class"));
        }
    }
    Ok(found)
}

/// Class and reason of a license that has no rule.
fn class(
    key: &str,
    license: &Listed,
    listed: &[Listed],
    ruled: &BTreeMap<String, String>,
) -> (String, String) {
    if license.exception {
        return ("exception".to_string(), reason(key).map_or("", |(_, why)| why).to_string());
    }
    if let Some((class, why)) = reason(key) {
        return (class.to_string(), why.to_string());
    }
    // A translation cannot be milder than the license that it translates.
    let languages = ["-en", "-fr", "-de", "-es", "-it", "-zh", "-ja", "-jp", "-pt"];
    let base = languages.iter().find_map(|l| license.key.strip_suffix(l));
    let original = base.and_then(|b| listed.iter().find(|l| l.key == b));
    if let Some((original, class)) = original.and_then(|o| Some((o, ruled.get(&o.id)?))) {
        return (class.clone(), format!("a translation, so the class of {}", original.id));
    }
    if license.generic && matches!(license.category.as_str(), "Permissive" | "Copyleft") {
        return ("unknown".to_string(), "the key stands for texts that differ".to_string());
    }
    (of_category(&license.category).to_string(), String::new())
}

/// What a category of the LicenseDB means; in doubt the stricter class.
fn of_category(category: &str) -> &'static str {
    match category {
        "Public Domain" => "public-domain",
        "Permissive" => "permissive",
        "Copyleft Limited" => "weak-copyleft",
        "Copyleft" => "strong-copyleft",
        "Source-available" | "Free Restricted" | "Proprietary Free" => "source-available",
        "Commercial" => "proprietary",
        // Patent grants, contributor agreements and texts that say nothing grant no copyright license to rely on.
        _ => "unknown",
    }
}

fn reason(key: &str) -> Option<(&'static str, &'static str)> {
    REASONS.iter().find(|(_, _, keys)| keys.contains(&key)).map(|(class, why, _)| (*class, *why))
}

/// Where the text asks for another class than the category: every text of the permissive and copyleft categories was read
/// with the clause grammar of `licit identify` and the hits, like texts without a grant, by eye.
const REASONS: &[(&str, &str, &[&str])] = &[
    (
        "unknown",
        "the text grants nothing, or only disclaims",
        &[
            "ams-fonts",
            "apple-attribution",
            "broadcom-linux-timer",
            "bytemark",
            "cern-attribution-1995",
            "copyheart",
            "crypto-keys-redistribution",
            "ibm-as-is",
            "infineon-free",
            "itu",
            "jason-mayes",
            "ko-man-page",
            "linuxhowtos",
            "morbig-ieee-std-usage",
            "nist-nvd-api-tou",
            "nist-srd",
            "nortel-dasa",
            "other-permissive",
            "patent-disclaimer",
            "philippe-de-muyter",
            "robert-hubley",
            "rsa-1990",
            "rtools-util",
            "scancode-acknowledgment",
            "toppers-educational",
            "treeware-option-1",
        ],
    ),
    (
        "unknown",
        "the text does not grant modification in words",
        &[
            "3com-microcode",
            "asmus",
            "brocade-firmware",
            "capec-tou",
            "cwe-tou",
            "dtree",
            "epaperpress",
            "first-epss-usage",
            "fpl",
            "freebsd-boot",
            "generaluser-gs-2.0",
            "gladman-older-rijndael-code",
            "glut",
            "intel-royalty-free",
            "lance-norskog-license",
            "lcs-telegraphics",
            "matt-gallagher-attribution",
            "mediainfo-lib",
            "netcat",
            "newran",
            "nvidia",
            "nvidia-gov",
            "odmg",
            "pycrypto",
            "qlogic-microcode",
            "richard-black",
            "socketxx-2003",
            "tigra-calendar-3.2",
            "timestamp-picker",
            "tso-license",
            "unicode-mappings",
            "william-alexander",
            "xxd",
            "yensdesign",
            "zeusbench",
        ],
    ),
    (
        "unknown",
        "the text does not grant distribution in words",
        &[
            "adrian",
            "aravindan-premkumar",
            "asn1",
            "chris-stoy",
            "datamekanix-license",
            "emx-library",
            "html5",
            "ian-kaplan",
            "jsfromhell",
            "keith-rule",
            "o-young-jong",
            "paolo-messina-2000",
            "psytec-freesoft",
            "scribbles",
            "script-asylum",
            "stream-benchmark",
            "stu-nicholls",
            "sun-source",
        ],
    ),
    (
        "unknown",
        "the grant is tied to a purpose, a product or a standard",
        &[
            "apple-ml-ferret-2023",
            "arm-llvm-sga",
            "beal-screamer",
            "bigdigits",
            "bsd-artwork",
            "dhtmlab-public",
            "douglas-young",
            "flora-1.1",
            "fraunhofer-iso-14496-10",
            "gdcl",
            "iso-14496-10",
            "iso-8879",
            "java-app-stub",
            "mpeg-iso",
            "msj-sample-code",
            "openmarket-fastcgi",
            "oswego-concurrent",
            "php-2.0.2",
            "politepix-pl-1.0",
            "service-comp-arch",
            "sun-rpc",
            "tcg-spec-license-v1",
            "tiger-crypto",
            "us-govt-unlimited-rights",
            "ws-addressing-spec",
        ],
    ),
    (
        "unknown",
        "conditions beyond notices, such as duties toward the author, changes as patches, badges or conduct",
        &[
            "accellera-systemc",
            "agtpl",
            "bohl-0.2",
            "bola10",
            "bola11",
            "bpmn-io",
            "careware",
            "cgic",
            "chicken-dl-0.2",
            "csprng",
            "damail",
            "dbad-1.1",
            "dumb",
            "ecfonts-1.0",
            "geant4-sl-1.0",
            "good-boy",
            "gtpl-v1",
            "happy-bunny",
            "ibm-glextrusion",
            "ibm-nwsc",
            "icot-free",
            "jetty",
            "libmib",
            "nice",
            "nwhm",
            "odl",
            "ogl-1.0a",
            "opnl-1.0",
            "opnl-2.0",
            "owtchart",
            "paypal-sdk-2013-2016",
            "qpopper",
            "quirksmode",
            "sata",
            "sgi-cid-1.0",
            "sgi-glx-1.0",
            "shital-shah",
            "utopia",
            "visual-idiot",
            "vixie-cron",
        ],
    ),
    (
        "unknown",
        "several licenses in one text, or words that stand beside the name of another license",
        &["fsf-notice", "node-js", "tex-live", "wxwidgets"],
    ),
    (
        "unknown",
        "a specification: its text may be copied, changes are not granted or end with the standard",
        &[
            "commonj-timer",
            "ibm-java-portlet-spec-2.0",
            "ms-ws-routing-spec",
            "oasis-ws-security-spec",
            "saf",
            "tcg-spec-license-v2",
            "w3c-community-final-spec",
            "ws-policy-specification",
            "ws-trust-specification",
        ],
    ),
    (
        "source-available",
        "the document or program may not be modified, or not passed on when modified",
        &[
            "fplot",
            "ietf",
            "ietf-trust",
            "ldpc-1994",
            "ldpc-1997",
            "ldpc-1999",
            "ldpl-2.0",
            "ldpm-1998",
            "merit-network-derivative",
            "opml-1.0",
            "rute",
            "un-cefact-2016",
        ],
    ),
    (
        "source-available",
        "selling, charging or commercial use is excluded or needs permission",
        &[
            "ac3filter",
            "afpl-9.0",
            "alexisisaac-freeware",
            "bittorrent-1.2",
            "c-fsl-1.1",
            "chris-maunder",
            "divx-open-1.0",
            "divx-open-2.1",
            "ffsl-1",
            "info-zip-1997-10",
            "jelurida-public-1.1",
            "msntp",
            "ntlm",
            "odb-ncuel",
            "opl-1.0",
            "oreilly-notice",
            "perl-1.0",
            "pine",
            "stanford-mrouted",
            "tremaru",
            "us-govt-geotranform",
            "zuora-software",
        ],
    ),
    (
        "source-available",
        "passing on the source is limited",
        &[
            "classic-vb",
            "codeguru-permissions",
            "dynamic-drive-tou",
            "ldap-sdk-free-use",
            "mattkruse",
            "netcomponents",
            "rh-eula",
            "rh-eula-apache2",
            "rh-eula-gpl2",
            "rh-eula-lgpl",
            "unpbook",
            "wrox",
        ],
    ),
    (
        "source-available",
        "only internal, personal, research or member use",
        &[
            "aptana-1.0",
            "aslr",
            "cpp-core-guidelines",
            "devblocks-1.0",
            "jahia-1.3.1",
            "lattice-osl-2017",
            "scsl-2.8",
            "scsl-3.0",
            "sun-ssscfr-1.1",
        ],
    ),
    (
        "source-available",
        "the field of use is limited",
        &["atl-1.0", "maxmind-geolite2-eula-2019", "oculus-sdk", "soml-1.0"],
    ),
    (
        "unknown",
        "the category promises copyleft where the text is a notice, a policy or has further limits",
        &[
            "angi-1.0",
            "dbcl-1.0",
            "defensive-patent-1.1",
            "free-fork",
            "openmap",
            "skip-2014",
            "tanuki-community-sla-1.0",
            "tanuki-community-sla-1.1",
            "tanuki-community-sla-1.2",
            "tanuki-community-sla-1.3",
            "the-stack-tos-2023-07",
            "truecrypt-3.1",
            "x11-ibm",
        ],
    ),
    ("ai-custom", "a license for AI models with duties of conduct", &["openatom-model-1.0"]),
    (
        "weak-copyleft",
        "the thing itself stays under its terms",
        &["atkinson-hyperlegible-font", "emit", "ms-sspl", "ttcl"],
    ),
    (
        "strong-copyleft",
        "the English text of the Free Art License, so the class of LAL-1.3",
        &["free-art-1.3"],
    ),
    (
        "network-copyleft",
        "§5: deployment for others over a network counts as distribution",
        &["anepokis-1.0"],
    ),
    ("network-copyleft", "the terms of AGPL-3.0 apply, §13 included", &["agpl-2.0", "houdini"]),
    (
        "network-copyleft",
        "Notices: users over a network have to be offered the source",
        &["fair-ai-public-1.0"],
    ),
    (
        "data",
        "made for public-sector data",
        &[
            "can-ogl-alberta-2.1",
            "can-ogl-british-columbia-2.0",
            "can-ogl-nova-scotia-1.0",
            "can-ogl-ontario-1.0",
            "can-ogl-toronto-1.0",
            "dl-de-by-1-0-de",
            "dl-de-by-1-0-en",
            "dl-de-by-2-0-en",
            "ogl-canada-2.0-fr",
            "ogl-wpd-3.0",
            "unicode-ucd",
        ],
    ),
    (
        "exception",
        "it adds restrictions instead of lifting any",
        &[
            "npsl-exception-0.92",
            "npsl-exception-0.93",
            "npsl-exception-0.94",
            "npsl-exception-0.95",
            "pretalx-exception-3.0",
            "pretix-exception-3.0",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(key: &str, category: &str) -> Listed {
        Listed {
            key: key.to_string(),
            id: format!("LicenseRef-scancode-{key}"),
            category: category.to_string(),
            name: format!("{key}\twith\ttabs"),
            exception: false,
            generic: false,
        }
    }

    #[test]
    fn a_key_has_one_reason_and_a_known_class() {
        let mut keys: Vec<&str> = REASONS.iter().flat_map(|(_, _, keys)| keys.iter().copied()).collect();
        keys.sort_unstable();
        let twice: Vec<_> = keys.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(REASONS.iter().all(|(class, why, _)| !class.is_empty() && !why.is_empty()));
    }

    #[test]
    fn rows_are_sorted_and_rules_win() {
        let all = [listed("zebra", "Permissive"), listed("ant", "Commercial"), listed("bee", "CLA")];
        let ruled = BTreeMap::from([("LicenseRef-scancode-bee".to_string(), "permissive".to_string())]);
        let text = table(&all, &ruled);
        let rows: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(
            rows,
            ["ant\tproprietary\tCommercial\tant with tabs", "zebra\tpermissive\tPermissive\tzebra with tabs"]
        );
    }

    #[test]
    fn a_translation_is_as_strict_as_its_original() {
        let mut original = listed("cecill-2.0", "Copyleft");
        original.id = "CECILL-2.0".to_string();
        let all = [original, listed("cecill-2.0-fr", "Copyleft Limited")];
        let ruled = BTreeMap::from([("CECILL-2.0".to_string(), "strong-copyleft".to_string())]);
        assert!(table(&all, &ruled).contains("cecill-2.0-fr\tstrong-copyleft\t"));
    }
}
