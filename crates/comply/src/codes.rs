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

const RECORDS: &str = "rules/changes, with the announcement or license file that each record names";

const DATABASES: &str =
    "for packages without a record: what the license databases of the scan hold of their versions";

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
        sources: &[RECORDS, DATABASES],
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
        sources: &[RECORDS, DATABASES],
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
        code: "model-attrib-display",
        severity: Severity::Info,
        title: "A sentence that has to be shown",
        means: "A license of a model wants a sentence shown prominently, such as on a website or in documentation; above a number of users or a revenue some ask for the name only.",
        matters: "Without it the license is broken, and most such licenses end with the breach.",
        steps: &["show the sentence word for word where users see it"],
        sources: &["Llama 3 and later 1.b.i; Stability AI Community License IV.a; Kimi K2, last paragraph"],
    },
    Code {
        code: "model-attrib-statement",
        severity: Severity::Info,
        title: "Public statements carry a sentence",
        means: "Whoever speaks in public of the model, or of what was made from it, names its origin in the words of the license.",
        matters: "Press texts and model cards are where it is usually forgotten.",
        steps: &["give the sentence to whoever writes public texts"],
        sources: &["Falcon licenses, section on publication"],
    },
    Code {
        code: "model-base-conflict",
        severity: Severity::Warning,
        title: "Bases whose terms do not go together",
        means: "The model was merged from models of which one asks for something that the others do not let be met.",
        matters: "Nobody may pass on a model that breaks the terms of one of its bases.",
        steps: &["merge models whose terms fit each other", "ask the owner of one of them"],
        sources: &["the clauses that are shown", OWN_READING],
    },
    Code {
        code: "model-change-notice",
        severity: Severity::Info,
        title: "Changes have to be stated",
        means: "Changed files of the model, a tuned, merged or quantised version among them, say that they were changed.",
        matters: "Recipients have to see what is not the original.",
        steps: &["say it in the card and in changed files"],
        sources: &["Apache-2.0 §4(b); OpenRAIL licenses, section on distribution; Gemma 3.1"],
    },
    Code {
        code: "model-code-terms",
        severity: Severity::Warning,
        title: "The code of a model is under stricter terms than its weights",
        means: "Weights and code of a model are licensed apart, and the code's license limits more than the label says.",
        matters: "A label of the weights says nothing of the code that is run with them.",
        steps: &["read which terms hold for which part"],
        sources: &["the labels that are shown", OWN_READING],
    },
    Code {
        code: "model-commercial-registration",
        severity: Severity::Error,
        title: "Commercial use needs a registration or permission first",
        means: "The license grants commercial use only to those who registered or hold a permission of the owner.",
        matters: "Without it commercial use is not licensed at all.",
        steps: &[
            "register, and record it in licit.toml under `registered`",
            "use a later revision or another model",
        ],
        sources: &["Yi license 2.1, section 2; ChatGLM3-6B 2; TII Falcon LLM License 1.0, section 1 with 8"],
    },
    Code {
        code: "model-dataset-terms",
        severity: Severity::Warning,
        title: "Data with terms that may reach the model",
        means: "A dataset that the model was trained on limits commercial use, changes or passing on, or its terms are not known.",
        matters: "How far terms of data bind a model is not settled, so counsel decides.",
        steps: &["have the terms weighed", "train on data whose terms allow the use"],
        sources: &["the license of the dataset", OWN_READING],
    },
    Code {
        code: "model-hosting",
        severity: Severity::Error,
        title: "The model may not be offered as a service",
        means: "The license bars use by third parties over a network, or asks for a license of its own for it.",
        matters: "A service that offers the model breaks the license with every request.",
        steps: &[
            "serve another model",
            "ask the owner for a hosting license",
            "say under `hosting` what is offered, where only the model itself may not be",
        ],
        sources: &["Stability AI Non-Commercial licenses 1.b; Falcon 180B license, introductory note"],
    },
    Code {
        code: "model-label-conflict",
        severity: Severity::Warning,
        title: "A label that gives more than its base",
        means: "A model is labelled with a license that drops limits or duties of the model it was made from.",
        matters: "Nobody can give away rights that the base does not grant; its terms hold whatever the label says.",
        steps: &[
            "treat the model as under the terms of its base too",
            "use a model whose base is under the terms of the label",
        ],
        sources: &["the chain and clauses that are shown", OWN_READING],
    },
    Code {
        code: "model-license-copy",
        severity: Severity::Info,
        title: "A copy of the agreement goes along",
        means: "Whoever gets the model or what was made from it gets a copy of its license.",
        matters: "It is the most common duty, and most often forgotten.",
        steps: &["put the text beside the weights"],
        sources: &["the clause that is shown"],
    },
    Code {
        code: "model-license-unknown",
        severity: Severity::Warning,
        title: "The license of a model is not known",
        means: "No license is stated, the label means several things, or the text behind its name is not at hand.",
        matters: "Without a license nothing is granted.",
        steps: &["find the license of exactly this revision, and record it"],
        sources: &[OWN_READING],
    },
    Code {
        code: "model-lineage-unproven",
        severity: Severity::Warning,
        title: "A name that recalls a family, without evidence",
        means: "The name of a model holds that of a family with terms of its own, but nothing shows that it was made from one.",
        matters: "If it was, the family's terms hold; a name alone proves neither.",
        steps: &["look at base_model, configuration and shapes of tensors", "ask the publisher"],
        sources: &[OWN_READING],
    },
    Code {
        code: "model-mau-snapshot",
        severity: Severity::Info,
        title: "A limit on users that is measured on one day",
        means: "The limit counts users in the month before the release of the model. Today's figure stands beside it.",
        matters: "Later growth does not count, but the figure of that day has to be proved.",
        steps: &["keep proof of the figure on that day"],
        sources: &["Llama licenses, section 2"],
    },
    Code {
        code: "model-mau-threshold",
        severity: Severity::Error,
        title: "Too many users for this license",
        means: "The number of users is above the limit of the license, or it is not known.",
        matters: "Above the limit nothing is granted until the owner gives a license.",
        steps: &[
            "ask the owner for a license",
            "use a model without such a limit",
            "say the figures in licit.toml under [product.company]",
        ],
        sources: &["Llama licenses, section 2; Tongyi Qianwen 4; Hunyuan 4"],
    },
    Code {
        code: "model-naming",
        severity: Severity::Error,
        title: "A name that the license asks for",
        means: "A model that was made with another, or with its outputs, has to begin its name with a word, and does not.",
        matters: "The duty reaches models that are passed on or offered.",
        steps: &["rename the model"],
        sources: &["Llama 3.1 and later 1.b.i; HyperCLOVA X SEED 3.1"],
    },
    Code {
        code: "model-nc-use",
        severity: Severity::Error,
        title: "Not for commercial use",
        means: "The license is for research or non-commercial use only, or the outputs that trained the model are.",
        matters: "Commercial use is not licensed; in many texts use inside a company counts.",
        steps: &["use a model whose license allows it", "ask the owner for a commercial license"],
        sources: &["the clause that is shown"],
    },
    Code {
        code: "model-no-derivatives",
        severity: Severity::Error,
        title: "No changed versions",
        means: "The license does not let changed versions be made or passed on.",
        matters: "A tuned, merged or quantised model is a changed version.",
        steps: &["use the model unchanged", "use another base"],
        sources: &["the clause that is shown"],
    },
    Code {
        code: "model-notice",
        severity: Severity::Info,
        title: "Notices and credits stay",
        means: "Notices of the license and its owners stay with the model.",
        matters: "Without them the license is broken.",
        steps: &["keep them"],
        sources: &["the clause that is shown"],
    },
    Code {
        code: "model-notice-file",
        severity: Severity::Info,
        title: "A Notice file goes along",
        means: "Copies of the model come with a Notice file that holds a sentence of the license's own version.",
        matters: "The sentence differs from version to version and is wanted word for word.",
        steps: &["add the sentence that is shown"],
        sources: &["Llama licenses 1.b.iii; Gemma 3.1, fourth condition; Qwen 3.c"],
    },
    Code {
        code: "model-output-train",
        severity: Severity::Error,
        title: "Outputs may not train this",
        means: "The license bars outputs from improving other models, and they are, or were, used so.",
        matters: "The limit travels with the outputs, whatever the license of the model that is trained.",
        steps: &[
            "take outputs of a model whose license allows it",
            "train a model that the clause exempts",
            "ask the owner",
        ],
        sources: &["Llama 2 and Llama 3 1.b.v; Tongyi Qianwen 5.b; DBRX 2.3"],
    },
    Code {
        code: "model-pass-through",
        severity: Severity::Info,
        title: "Limits on use have to be passed on",
        means: "The limits on use have to be enforceable terms of every agreement over the model, access over a network included where the text says so.",
        matters: "Users who never agreed to them put their provider in breach.",
        steps: &["take them into the terms that users accept"],
        sources: &["OpenRAIL licenses, section on distribution; Gemma 3.1, first condition"],
    },
    Code {
        code: "model-revenue-threshold",
        severity: Severity::Error,
        title: "Too much revenue for this license",
        means: "The revenue is above the limit of the license, or it is not known.",
        matters: "Above the limit the license ends, or another one is needed.",
        steps: &["ask the owner for a license", "use a model without such a limit"],
        sources: &["Stability AI Community License III; LFM Open License 1 and 5"],
    },
    Code {
        code: "model-royalty",
        severity: Severity::Warning,
        title: "A royalty may be due",
        means: "The license asks for a share of the revenue that goes back to the model. The figure and its curve are shown.",
        matters: "Nobody asks for it until it is owed for years.",
        steps: &["use a revision that is free of it", "settle it with the owner"],
        sources: &["TII Falcon LLM License 1.0, section 8"],
    },
    Code {
        code: "model-share-alike",
        severity: Severity::Info,
        title: "Versions go out under the same license",
        means: "What was made from the model and is passed on stays under its license.",
        matters: "Another license for it would break the first.",
        steps: &["pass versions on under the same license"],
        sources: &["the clause that is shown"],
    },
    Code {
        code: "model-source-attrib",
        severity: Severity::Info,
        title: "The source has to be credited",
        means: "Whoever passes on or offers the model names where it is from.",
        matters: "Without the credit the license is broken.",
        steps: &["name the source as the clause says"],
        sources: &["Yi license 2(4); Skywork II.4"],
    },
    Code {
        code: "model-superseded-license",
        severity: Severity::Warning,
        title: "A license that its owner replaced",
        means: "The model is under a text that its owner replaced later. Which one holds depends on the revision.",
        matters: "An old pinned revision keeps the old, often stricter terms.",
        steps: &["see which revision is in use", "use one from after the change"],
        sources: &["rules/models, with the change that each names"],
    },
    Code {
        code: "model-territory",
        severity: Severity::Error,
        title: "Not licensed in this place",
        means: "The license leaves out places, and the company or its users are there, or nobody said where they are.",
        matters: "Nothing is granted there.",
        steps: &["use a model that is licensed there", "ask the owner"],
        sources: &["Llama 3.2 and 4 acceptable use policy; Hunyuan 1.l and 5.c"],
    },
    Code {
        code: "model-use-policy",
        severity: Severity::Info,
        title: "Limits on fields of use",
        means: "Use has to follow a policy or a list of barred fields. It is an error where the fields that were told are among them.",
        matters: "A policy by reference may change after the fact.",
        steps: &["hold the use against the policy, and pass it to those who use the model"],
        sources: &["Llama licenses 1.b.iv; OpenRAIL licenses, Attachment A; Falcon 2 5"],
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
        sources: &[RECORDS, DATABASES],
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
