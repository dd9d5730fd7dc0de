//! Every code that a finding may carry, explained: what it means, why it matters and what to do.
//!
//! `licit explain CODE` and `docs/findings.md` are made from this table; a test fails when the judges use a code that has
//! no row.

use std::fmt::Write as _;

use licit_model::Severity;

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable word.
    pub code: &'static str,
    /// What it weighs as a rule; a finding may weigh less where the facts make it milder.
    pub severity: Severity,
    /// In a few words.
    pub title: &'static str,
    /// What was found.
    pub means: &'static str,
    /// What follows from it if nothing is done.
    pub matters: &'static str,
    /// Ways out, the cheapest first.
    pub steps: &'static [&'static str],
    /// What the reading rests on.
    pub sources: &'static [&'static str],
}

/// The row of a code.
pub fn code(word: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.code == word)
}

/// `docs/findings.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Written by `LICIT_BLESS=1 cargo test -p licit --test suite` from crates/comply/src/codes.rs. -->\n\n# Findings\n\n\
         Every finding carries one of these codes; they are stable. `licit explain CODE` shows the same in the terminal. \
         The weight is the usual one.\n\nNone of this is legal advice: where a lawyer has to read, it says *review*.\n\n\
         | code | weight | in a few words |\n| --- | --- | --- |\n",
    );
    // Writing to a string cannot fail.
    for row in CODES {
        let (word, weight) = (row.code, row.severity.word());
        let _ = writeln!(page, "| [`{word}`](#{word}) | {weight} | {} |", row.title);
    }
    for row in CODES {
        let _ = write!(page, "\n## {}\n\n**{}.** {} {}\n\n", row.code, row.title, row.means, row.matters);
        for step in row.steps {
            let _ = writeln!(page, "- {step}");
        }
        let _ = writeln!(page, "\nRests on: {}.", row.sources.join("; "));
    }
    page
}

const OWN_READING: &str = "licit's own rule: in doubt the stricter reading";

/// All codes in the order of the alphabet.
pub const CODES: &[Code] = &[
    Code {
        code: "change-date",
        severity: Severity::Info,
        title: "A license that turns into another one on a date",
        means: "The version is under a license such as BUSL-1.1 whose own text names a day, or a time after release, from \
                which the version is also, or instead, under another license.",
        matters: "Until that day the limits on use hold in full; each version has a day of its own.",
        steps: &[
            "read the change date and the change license in the license file of exactly this version",
            "until then treat the version as restricted, or use one whose day has passed",
        ],
        sources: &["BUSL-1.1, Terms and Covenants", "FSL-1.1, Grant of Future License", "rules/changes"],
    },
    Code {
        code: "effective-license",
        severity: Severity::Info,
        title: "A package under more than it declares",
        means: "The package declares mild terms but brings in a part whose reciprocity reaches the package when both are \
                conveyed together.",
        matters: "Who relies on the declared license alone passes on more duties than the product admits.",
        steps: &[
            "judge the package by the license in effect, not by the declared one",
            "see whether the part that causes it can be left out, for example by a feature or an extra",
        ],
        sources: &["GPL-2.0 §2(b), GPL-3.0 §5(c) and AGPL-3.0 §5(c), §13: the work as a whole"],
    },
    Code {
        code: "file-license-differs",
        severity: Severity::Warning,
        title: "Files of a package state another license than the package",
        means: "The head of one or more files names a license that the package does not state, and that asks for more than \
                notices.",
        matters: "Copied files keep the license of their authors, whatever the package around them says.",
        steps: &[
            "find out where the files come from",
            "keep them apart, replace them, or state their license in the package's expression",
        ],
        sources: &["SPDX specification, file level license information", OWN_READING],
    },
    Code {
        code: "image-unread",
        severity: Severity::Warning,
        title: "An image whose contents are not known",
        means: "The product stands on a container image that is only named; what packages are in it, and under which licenses, \
                no file of the tree says.",
        matters: "Who passes the image on passes on everything in it, with the duties of each license.",
        steps: &["make an SBOM of the image, and have its packages judged with it"],
        sources: &["the file that names it", OWN_READING],
    },
    Code {
        code: "known-license-differs",
        severity: Severity::Warning,
        title: "The declared license is not the one on record for this version",
        means: "The records of dated license changes say that this version is under another license than its metadata \
                declares.",
        matters: "Metadata is often copied forward after a license change, so the declared one may be out of date.",
        steps: &[
            "read the license file of exactly this version",
            "if the metadata is right, say so to the maintainers of the rule; otherwise judge by the record",
        ],
        sources: &["rules/changes, with the announcement or license file that each record names"],
    },
    Code {
        code: "license-ambiguous",
        severity: Severity::Warning,
        title: "A license statement that can mean several things",
        means: "A field such as `BSD` or `GPL` does not name one license, or a permission of its own is said to exist beside \
                the license. The stricter plausible meaning was taken.",
        matters: "The possible meanings differ in what they ask: an extra advertising clause, or another version.",
        steps: &[
            "read the license text that comes with the package",
            "record what it is, or keep the permission on file where one was given",
        ],
        sources: &["rules/aliases.toml, names marked as not sure", OWN_READING],
    },
    Code {
        code: "license-changed",
        severity: Severity::Warning,
        title: "The version lies behind a change to stricter terms",
        means: "The product changed its license at a known version, and the one in use is newer: the old terms do not \
                cover it.",
        matters: "Reviews of an earlier version say nothing of this one, and limits on use may apply at once.",
        steps: &[
            "use the last version under the old license, if it is still safe to use",
            "use a fork that kept the old license",
            "have the new terms weighed against how the product is used",
        ],
        sources: &["rules/changes, with the announcement or license file that each record names"],
    },
    Code {
        code: "license-changes-ahead",
        severity: Severity::Info,
        title: "An upgrade would bring stricter terms",
        means: "The version in use is under the old license; a later version is under a stricter one.",
        matters: "An automatic upgrade would change the terms of the product without anybody deciding it.",
        steps: &[
            "pin the version below the change",
            "plan a fork or a replacement before security fixes run out",
        ],
        sources: &["rules/changes, with the announcement or license file that each record names"],
    },
    Code {
        code: "license-choice",
        severity: Severity::Info,
        title: "A choice of licenses that has to be made",
        means: "The component is offered under several licenses, and not every one of them fits the way the product is \
                shipped. One branch fits.",
        matters: "Only whoever takes the fitting branch, and can show it, keeps the product clean.",
        steps: &[
            "record that the component is used under the branch that is named",
            "keep that branch's notices",
        ],
        sources: &["SPDX specification, the operator OR: the recipient chooses"],
    },
    Code {
        code: "license-denied",
        severity: Severity::Error,
        title: "The policy denies this license",
        means: "A license of the branch that is taken, or its class, stands in the deny list of `licit.toml`.",
        matters: "The house has decided not to use such terms; the gate fails.",
        steps: &[
            "replace or drop the component, or take another branch if one is offered",
            "change the policy, if the decision was meant for other uses",
        ],
        sources: &["licit.toml, [policy]"],
    },
    Code {
        code: "license-incompatible",
        severity: Severity::Error,
        title: "The outbound license refuses what this license asks",
        means: "The product goes out under a license that has to cover the whole work and lets no restriction be added, but \
                the component adds one, or has to keep its own license.",
        matters: "Nobody can meet both licenses at once, so nobody has the right to pass the combination on.",
        steps: &[
            "replace the component by one under terms that fit",
            "run it as a separate program, where the two only exchange data; review with counsel",
            "convey the work under terms that fit: `licit compat --outbound '*'` lists them",
        ],
        sources: &[
            "GPL-2.0 §6, GPL-3.0 §7 and §10: no further restrictions",
            "FSF license list and GPL FAQ",
            "OSADL license compatibility matrix",
        ],
    },
    Code {
        code: "license-mismatch",
        severity: Severity::Warning,
        title: "The text is stricter than the declared license",
        means: "The package's metadata declares one license, and a license file in it holds another that asks for more.",
        matters: "The text is what the authors granted; a field that is milder grants nothing by itself.",
        steps: &[
            "read the text and see which files it is about: it may cover a bundled part only",
            "ask the authors which of the two holds, and record the answer",
        ],
        sources: &["the declared and the detected license, each with its file and line", OWN_READING],
    },
    Code {
        code: "license-not-allowed",
        severity: Severity::Error,
        title: "The policy does not allow this license",
        means: "`licit.toml` lists what is allowed, and the license of the branch that is taken is not among it.",
        matters: "An allow list is a promise that nothing else is inside; the gate fails.",
        steps: &[
            "replace the component, or take a branch that is allowed",
            "have the license reviewed and add it to the list with the reason",
        ],
        sources: &["licit.toml, [policy]"],
    },
    Code {
        code: "license-review",
        severity: Severity::Warning,
        title: "The policy wants this license to be reviewed",
        means: "A license of the branch that is taken, or its class, stands in the review list of `licit.toml`.",
        matters: "The house decides on such terms case by case.",
        steps: &["have the use weighed and record the decision"],
        sources: &["licit.toml, [policy]"],
    },
    Code {
        code: "license-text-changed",
        severity: Severity::Warning,
        title: "A license text that differs from its standard form",
        means: "A license file holds a known license in which sentences were added, taken out or turned: the lines that \
                differ are shown.",
        matters: "One changed word, such as a `not` or a `must`, can change what is granted or owed.",
        steps: &[
            "read the lines that are shown beside the license's own text",
            "ask the authors what they meant, and record the answer",
        ],
        sources: &["the file and lines that are named, and the standard text of the license", OWN_READING],
    },
    Code {
        code: "license-text-unread",
        severity: Severity::Warning,
        title: "A license file that is no known license",
        means: "The metadata declares a license, but the license file of the package holds a text in which no known license \
                was found.",
        matters: "The text may restrict what the declared license allows; a field that says MIT beside it must not pass in \
                  silence.",
        steps: &["read the text", "`licit identify FILE` shows what was recognised in it"],
        sources: &["the file that is named", OWN_READING],
    },
    Code {
        code: "license-unknown",
        severity: Severity::Warning,
        title: "No license is known",
        means: "No file states a license that could be read, or its terms are known to nobody here, or they are not settled \
                by their own words.",
        matters: "Without a license all rights are reserved: using, changing and passing on may each be forbidden.",
        steps: &[
            "install or fetch the dependencies so that their license files are on disk, and scan again",
            "read the text or ask the authors, and record the answer",
            "replace the component",
        ],
        sources: &["copyright law: no right is granted by silence", OWN_READING],
    },
    Code {
        code: "licenses-collide",
        severity: Severity::Error,
        title: "Two parts of one work refuse each other",
        means: "One component asks for the whole work under its license, and another inside the same work cannot be conveyed \
                under it. The outbound license does not matter for that.",
        matters: "The work that holds both cannot be passed on under any terms that the two allow.",
        steps: &[
            "replace one of the two by a package under terms that fit the other",
            "look for another version or another branch of one of them",
            "run one of them as a separate program; review with counsel",
        ],
        sources: &[
            "the reciprocity clause of the one and the refused term of the other, as shown",
            "FSF license list",
        ],
    },
    Code {
        code: "manifest-rider",
        severity: Severity::Warning,
        title: "A manifest or description restricts beyond the license",
        means: "Free text in a manifest, such as a license field or a description, limits use or sale more than the stated \
                license does.",
        matters: "Such a sentence may be part of the grant, so the plain license may not be what was given.",
        steps: &[
            "review whether the sentence speaks of this version of this package",
            "in own packages: say it in the license, or take it out",
        ],
        sources: &["the sentence, with its file and line", OWN_READING],
    },
    Code {
        code: "no-public-license",
        severity: Severity::Warning,
        title: "Nothing is granted to the public",
        means: "The component is proprietary, or says that it has no license at all.",
        matters: "Use rests on an agreement with its owner alone; without one, passing it on infringes.",
        steps: &["find the agreement that covers it and record it", "use a package under an open license"],
        sources: &["copyright law: no right is granted by silence", "SPDX specification, NONE"],
    },
    Code {
        code: "not-conveyed",
        severity: Severity::Info,
        title: "A reciprocity that sleeps",
        means: "A license would reach the whole work if copies were handed out; as the product is used now, none are.",
        matters: "A later change of the business, such as an installable version, would wake the duty.",
        steps: &["nothing now; judge again before copies are handed out, to customers and contractors too"],
        sources: &["GPL-2.0 §0 and §2, GPL-3.0 §0 and §2: running and private changes are free"],
    },
    Code {
        code: "outbound-narrowed",
        severity: Severity::Warning,
        title: "The work cannot be offered under all that is claimed",
        means: "The parts fit together, but only under narrower terms than the outbound license promises: one version \
                instead of all later ones, or the stricter sibling.",
        matters: "Recipients would be promised rights that a part does not give.",
        steps: &[
            "state the narrower terms for the work as a whole; own files may keep their license",
            "replace the component that narrows them",
        ],
        sources: &[
            "GPL-2.0 §9, GPL-3.0 §13 and §14, AGPL-3.0 §13",
            "GPL FAQ, compatibility table of the FSF",
        ],
    },
    Code {
        code: "outbound-unknown",
        severity: Severity::Warning,
        title: "Nobody says under which terms the product goes out",
        means: "No own package states a license and no configuration does, or what is stated is no known expression.",
        matters: "Whether licenses fit cannot be judged against nothing; conflicts may be hidden.",
        steps: &[
            "say it with --outbound LICENSE or --outbound proprietary, or in licit.toml under [product]",
        ],
        sources: &["the manifests of the project's own packages"],
    },
    Code {
        code: "own-license-differs",
        severity: Severity::Warning,
        title: "A package of the project states terms that do not fit the product",
        means: "One of the project's own packages is part of a product that goes out under other terms, and its stated license \
                does not allow that.",
        matters: "Owners who hold all rights may do it, but then the statement is wrong; otherwise it is a conflict.",
        steps: &[
            "state the terms under which the package really goes out, if its owners hold all rights",
            "convey the product under terms that the package allows",
        ],
        sources: &["the manifest of the package", "the clauses shown"],
    },
    Code {
        code: "readme-rider",
        severity: Severity::Warning,
        title: "A README restricts beyond the license",
        means: "A sentence in the README limits use, sale or users more than the stated license does.",
        matters: "Such a sentence may be part of the grant, so the plain license may not be what was given.",
        steps: &[
            "review whether the sentence speaks of this version of this package",
            "in own packages: say it in the license, or take it out",
        ],
        sources: &["the sentence, with its file and line", OWN_READING],
    },
    Code {
        code: "reciprocity-conflict",
        severity: Severity::Error,
        title: "Reciprocity reaches the work, which goes out under other terms",
        means: "A component's license asks that the work, or the part that holds it, goes out under the same license when it is \
                joined in this way, and the outbound license is not it.",
        matters: "Conveying the combination breaks the license and may end the rights under it; own files may keep their \
                  license, it is the combination that is reached.",
        steps: &[
            "take another branch or another version, where one fits",
            "change how it is joined, where the license reaches linked works only in some ways",
            "run it as a separate program that exchanges only plain data; review with counsel",
            "replace or drop it",
            "convey the work under terms that fit: `licit compat --outbound '*'` lists them",
        ],
        sources: &[
            "GPL-2.0 §2(b), GPL-3.0 §5(c), AGPL-3.0 §13, LGPL-2.1 §2, MPL-2.0 §3.1: as the clause shown",
            "GPL FAQ of the FSF: works that are linked, aggregates, separate programs",
        ],
    },
    Code {
        code: "reciprocity-review",
        severity: Severity::Warning,
        title: "Reciprocity reaches the work, and no source settles whether the terms fit",
        means: "The license reaches the work in this use, but the outbound license is not known, or the sources do not say \
                whether it satisfies the clause; or a tool under copyleft may have left parts of itself in its output; or \
                the product loads the component, but those who receive the product fetch it themselves.",
        matters: "It may be a conflict; a person has to decide.",
        steps: &[
            "say the outbound license with --outbound or in licit.toml",
            "have the two clauses read side by side: `licit explain OUTBOUND LICENSE`",
        ],
        sources: &["the clauses shown", OWN_READING],
    },
    Code {
        code: "relink-duty",
        severity: Severity::Warning,
        title: "The user has to be able to relink",
        means: "A library under the LGPL or a license like it is linked statically into a work under other terms.",
        matters: "Recipients have to get what it takes to put a changed library into the work: object files or source, and \
                  the scripts. Without it the combination breaks the license.",
        steps: &[
            "load it as a shared library that the user can replace",
            "offer object files or the source of the whole, with build scripts",
            "use a package under permissive terms",
        ],
        sources: &["LGPL-2.1 §6(a) and §6(b)", "LGPL-3.0 §4(d)", "GPL FAQ, LGPLStaticVsDynamic"],
    },
    Code {
        code: "restricted-terms",
        severity: Severity::Warning,
        title: "Use, users, sale or hosting are limited",
        means: "A license limits what the thing may be used for, by whom, in production, as a service or for money. It is an \
                error where the limited act is known to take place or recipients are promised more.",
        matters: "Such limits hold without any distribution; a build or a test can break them too.",
        steps: &[
            "answer the questions that the finding asks, in licit.toml where they are facts of the product",
            "have the terms weighed against how the product is used and sold",
            "use a package under an open license, or an earlier release that was under one",
        ],
        sources: &["the clauses shown", "Open Source Definition 5 and 6: no such limits in open licenses"],
    },
    Code {
        code: "scan-incomplete",
        severity: Severity::Error,
        title: "The scan could not read everything",
        means: "A file that may hold components could not be read, or a bound was met, and the policy asks for a complete scan.",
        matters: "What was not seen was not judged.",
        steps: &["repair or fetch what the list of problems names, and scan again"],
        sources: &["the problems of the scan, with their files and lines"],
    },
    Code {
        code: "source-duty",
        severity: Severity::Info,
        title: "Source has to be given",
        means: "A license that fits asks for the corresponding source of the covered part when the product reaches others.",
        matters: "A duty that is not met ends the rights, also where the licenses fit.",
        steps: &[
            "give the source of exactly the shipped version, with changes and build scripts, beside the product",
            "or add the written offer, where the clause allows one",
        ],
        sources: &["GPL-2.0 §3, GPL-3.0 §6, LGPL-2.1 §4, MPL-2.0 §3.2, AGPL-3.0 §13: as the clause shown"],
    },
    Code {
        code: "unpinned-across-change",
        severity: Severity::Warning,
        title: "A version range that reaches across a license change",
        means: "A range or a floating tag covers versions from before and after a known license change.",
        matters: "What is fetched tomorrow may be under other terms than what was reviewed today.",
        steps: &["pin a version, or a range that ends before the change"],
        sources: &["rules/changes, with the announcement or license file that each record names"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_whole() {
        assert!(CODES.windows(2).all(|w| w[0].code < w[1].code));
        for row in CODES {
            assert!(!row.steps.is_empty() && !row.sources.is_empty(), "{}", row.code);
            assert!(row.means.ends_with('.') && row.matters.ends_with('.'), "{}", row.code);
        }
        assert_eq!(code("relink-duty").map(|c| c.severity), Some(Severity::Warning));
        assert_eq!(code("relink"), None);
    }
}
