//! What is silent, what is for review and what makes another license.

use super::*;
use crate::identify::{Identified, identify};

fn text(id: &str) -> &'static str {
    spdx::license_id(id).unwrap().text()
}

/// Whether somebody hears of a difference: another expression, a change or a hunk.
fn heard(identified: &Identified, id: &str) -> bool {
    identified.expression.as_deref() != Some(id) || !identified.hunks.is_empty()
}

fn kinds(identified: &Identified) -> Vec<HunkKind> {
    identified.hunks.iter().map(|h| h.kind).collect()
}

/// A text with one phrase replaced; blanks in the phrase stand for any blanks.
fn replaced(id: &str, from: &str, to: &str) -> String {
    let flat: String = text(id).lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let paragraphs: Vec<String> =
        flat.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let flat = paragraphs.join("\n\n");
    assert!(flat.contains(from), "{id} has no {from}");
    flat.replacen(from, to, 1)
}

#[test]
fn a_not_never_passes_silently() {
    let mut silent = Vec::new();
    let mut count = 0;
    for id in ["MIT", "BSD-3-Clause", "Apache-2.0", "ISC", "MPL-2.0"] {
        let words: Vec<&str> = text(id).split_inclusive(char::is_whitespace).collect();
        for (at, word) in words.iter().enumerate() {
            let bare = word.trim().to_lowercase();
            let negated = words.get(at + 1).is_some_and(|w| w.trim().eq_ignore_ascii_case("not"));
            if !matches!(bare.as_str(), "may" | "shall" | "must") || negated {
                continue;
            }
            let mut turned = words.clone();
            turned.insert(at + 1, "not ");
            count += 1;
            if !heard(&identify(&turned.concat()), id) {
                silent.push(format!(
                    "{id}: {}",
                    words[at.saturating_sub(4)..(at + 4).min(words.len())].concat()
                ));
            }
        }
    }
    assert!(count > 40, "only {count}");
    assert!(silent.is_empty(), "{count}: {}", silent.join("\n"));
}

#[test]
fn turned_words_are_for_review() {
    for (id, from, to, kind) in [
        ("MIT", "shall be included", "shall not be included", HunkKind::Modal),
        (
            "Apache-2.0",
            "You must cause any modified files",
            "You may cause any modified files",
            HunkKind::Modal,
        ),
        ("BSD-3-Clause", "without specific prior written permission", "without permission", HunkKind::Modal),
        ("MIT", "free of charge, ", "", HunkKind::Modal),
        ("MPL-2.0", "prior to 60 days after", "prior to 10 days after", HunkKind::Number),
        ("Apache-2.0", "Version 2.0, January", "Version 3.0, January", HunkKind::Number),
    ] {
        let identified = identify(&replaced(id, from, to));
        assert!(kinds(&identified).contains(&kind), "{id} {to}: {identified:?}");
        assert!(!identified.hunks[0].says.is_empty());
    }
}

#[test]
fn harmless_variants_are_silent() {
    for (id, from, to) in [
        ("MIT", "<year> <copyright holders>", "2017-2026 No Name Research & Sons, Inc. and contributors"),
        ("MIT", "sublicense", "sub-license"),
        ("MIT", "sublicense", "sublicence"),
        ("MIT", "NONINFRINGEMENT", "NON-INFRINGEMENT"),
        ("ISC", "and/or", "and"),
        ("BSD-3-Clause", "the copyright holder nor the names", "Example Widgets Ltd. nor the names"),
        ("Apache-2.0", "license", "licence"),
        ("MPL-2.0", "authorized", "authorised"),
        ("Apache-2.0", "[yyyy] [name of copyright owner]", "2024 The Example Authors"),
    ] {
        let identified = identify(&replaced(id, from, to));
        assert_eq!(identified.expression.as_deref(), Some(id), "{from}");
        assert!(identified.hunks.is_empty(), "{from}: {:?}", identified.hunks);
    }
}

#[test]
fn a_grant_that_is_gone_makes_another_license() {
    for (id, from, to, action) in [
        ("MIT", "distribute, sublicense, and/or sell copies", "and/or distribute copies", "sell"),
        ("MIT", "distribute, sublicense, and/or sell copies", "distribute, copies", "sublicense"),
        ("MIT", "use, copy, modify, merge", "use, copy, merge", "modify"),
        ("ISC", "use, copy, modify, and/or distribute", "use, copy, and/or modify", "distribute"),
        (
            "Apache-2.0",
            "publicly perform, sublicense, and distribute",
            "publicly perform, and distribute",
            "sublicense",
        ),
    ] {
        let identified = identify(&replaced(id, from, to));
        let change = identified.changes.first().unwrap_or_else(|| panic!("{id} {to}: {identified:?}"));
        assert_eq!(change.effect, Effect::Removed);
        assert!(change.restricts());
        assert!(change.clauses.iter().any(|c| c.action == action), "{change:?}");
        assert_eq!(base_of(identified.expression.as_deref().unwrap()).as_deref(), Some(id));
    }
    let apache = text("Apache-2.0");
    let (start, end) =
        (apache.find("3. Grant of Patent").unwrap(), apache.find("4. Redistribution").unwrap());
    let identified = identify(&format!("{}{}", &apache[..start], &apache[end..]));
    assert!(
        identified.changes.iter().any(|c| c.clauses.iter().any(|c| c.action == "patent")),
        "{identified:?}"
    );
}

#[test]
fn a_duty_that_is_gone_is_for_review() {
    let bsd = text("BSD-4-Clause");
    let (start, end) = (bsd.find("4. Neither").unwrap(), bsd.find("THIS SOFTWARE").unwrap());
    let identified = identify(&format!("{}{}", &bsd[..start], &bsd[end..]));
    assert!(heard(&identified, "BSD-4-Clause"), "{identified:?}");
    let apache = text("Apache-2.0");
    let (start, end) = (apache.find("(c) You must retain").unwrap(), apache.find("(d) If the Work").unwrap());
    let identified = identify(&format!("{}{}", &apache[..start], &apache[end..]));
    assert_eq!(kinds(&identified), [HunkKind::Removed], "{identified:?}");
    assert!(identified.hunks[0].says.contains("notices"), "{:?}", identified.hunks);
    assert!(identified.hunks[0].missing_text.contains("You must retain"));
}

#[test]
fn a_cut_text_lacks_no_grant() {
    for id in ["MIT", "Apache-2.0", "MPL-2.0", "BSD-3-Clause"] {
        let whole = text(id);
        let cut = (0..=whole.len() * 7 / 10).rev().find(|i| whole.is_char_boundary(*i)).unwrap();
        let changes = identify(&whole[..cut]).changes;
        assert!(changes.is_empty(), "{id}: {changes:?}");
    }
}

#[test]
fn a_few_words_that_restrict_are_a_change_with_lines_of_the_file() {
    let mine =
        replaced("MIT", "to deal in the Software", "to deal in the Software for noncommercial purposes only");
    let identified = identify(&mine);
    assert!(heard(&identified, "MIT"), "{identified:?}");
    let rider = "You may not sell the Software, or offer it as a paid service.";
    let mine = format!("{}\n\n{rider}\n", text("MIT"));
    let change = &identify(&mine).changes[0];
    let line = mine.lines().position(|l| l == rider).unwrap() as u32 + 1;
    assert_eq!(
        (change.lines, change.clauses[0].lines, change.effect),
        ((line, line), (line, line), Effect::Added)
    );
}

#[test]
fn a_price_that_moved_and_a_slip_of_the_pen_are_silent() {
    for (id, from, to) in [
        (
            "ISC",
            "for any purpose with or without fee is hereby granted",
            "with or without fee for any purpose is hereby granted",
        ),
        ("Apache-2.0", "perpetual, worldwide", "peretual, worldwide"),
        ("BSD-3-Clause", "IN NO EVENT SHALL", "IN NO EVENT HALL"),
    ] {
        let identified = identify(&replaced(id, from, to));
        assert!(identified.hunks.is_empty() && identified.changes.is_empty(), "{to}: {identified:?}");
    }
}
