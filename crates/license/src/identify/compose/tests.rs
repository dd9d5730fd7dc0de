//! Texts of our own sentences around license texts.

use super::super::identify;

fn text(id: &str) -> &'static str {
    spdx::license_id(id).unwrap().text()
}

fn says(text: &str) -> String {
    identify(text).expression.unwrap_or_default()
}

/// Each text with the expression that it comes to.
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, expected)| (text, expected, says(text)))
        .filter(|(_, expected, said)| said != *expected)
        .map(|(text, expected, said)| {
            format!("{}\n  expected {expected}\n  said     {said}", text.get(..90).unwrap_or(text))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_choice_that_is_taken_up_leaves_the_other_branch() {
    let said = says(
        "The library is dual-licensed under a BSD-style license and the GNU General Public License Version 2. Acme \
         expressly elects to distribute the package under the 3-Clause BSD License and NOT under GNU General Public \
         License Version 2.",
    );
    assert!(!said.ends_with("AND GPL-2.0-only") && said.contains("BSD-3-Clause"), "{said}");
}

#[test]
fn words_between_names_offer_a_choice() {
    check(&[
        ("Licensed under the zlib license or the MIT license.", "Zlib OR MIT"),
        (
            "This project is dual licensed under the MIT License and the Apache License 2.0.",
            "MIT OR Apache-2.0",
        ),
        ("Terms of either the zlib License or the Artistic License 2.0 apply.", "Zlib OR Artistic-2.0"),
        (
            "This library is distributed under the MIT license, the Apache License 2.0, at your option.",
            "MIT OR Apache-2.0",
        ),
        (
            "Licensed under the MIT license, the zlib license or the Apache License 2.0.",
            "MIT OR Zlib OR Apache-2.0",
        ),
        (
            "You have a choice of the following licenses:\n\n * Apache License, Version 2.0\n * MIT License\n",
            "Apache-2.0 OR MIT",
        ),
        (
            "tri-licensed: MPL-2.0, GPL-2.0-or-later, LGPL-2.1-or-later\n",
            "MPL-2.0 OR GPL-2.0-or-later OR LGPL-2.1-or-later",
        ),
        (
            "This file is under the Apache License, Version 2.0. If you prefer, you may use it under the terms of \
             the GNU Lesser General Public License version 3 instead.",
            "Apache-2.0 OR LGPL-3.0-only",
        ),
        (
            "Under the terms of the MIT license or the GNU General Public License version 2 or later.",
            "MIT OR GPL-2.0-or-later",
        ),
        (
            "SPDX-License-Identifier: BSD-3-Clause\n\nAlternatively, you may use this under the terms of the GNU \
             General Public License version 2.",
            "BSD-3-Clause OR GPL-2.0-only",
        ),
    ]);
}

#[test]
fn without_such_words_everything_applies() {
    check(&[
        ("This program is under the MIT License and the Apache License 2.0.", "MIT AND Apache-2.0"),
        (
            "Some files are dual licensed under the MIT License and the Apache License 2.0.",
            "MIT AND Apache-2.0",
        ),
        (
            "This is no longer dual licensed: the MIT License and the Apache License 2.0 apply together.",
            "MIT AND Apache-2.0",
        ),
        (
            "This is under the GNU General Public License version 2 or (at your option) any later version. \
             Portions are under the MIT license.",
            "GPL-2.0-or-later AND MIT",
        ),
        (
            "This is under the MIT license. Third party code is under the Zlib license or other licenses.",
            "MIT AND Zlib",
        ),
        ("All dependencies are under the zlib License or the Apache License 2.0.", "Zlib AND Apache-2.0"),
        (
            "This is dual licensed: under the GNU General Public License version 3 and a commercial license. \
             \n\nIt contains code under the MIT license.",
            "GPL-3.0-only AND MIT",
        ),
    ]);
}

#[test]
fn texts_follow_the_words_around_them() {
    let (mit, apache, bsd, zlib) = (text("MIT"), text("Apache-2.0"), text("BSD-3-Clause"), text("Zlib"));
    let gpl = "this product may be distributed under the terms of the GNU General Public License version 2.";
    let cases = [
        (format!("{mit}\n\n-----\n\n{apache}"), "MIT AND Apache-2.0"),
        (format!("{mit}\n\nor\n\n{apache}"), "MIT OR Apache-2.0"),
        (format!("This project is dual-licensed.\n\n{mit}\n\n=====\n\n{apache}"), "MIT OR Apache-2.0"),
        (format!("Dual License (MIT / Apache-2.0)\n\n{mit}\n\n=====\n\n{apache}"), "Apache-2.0 OR MIT"),
        (format!("LICENSE-MIT or LICENSE-APACHE\n\n{mit}\n\n{apache}"), "MIT OR Apache-2.0"),
        (format!("SPDX-License-Identifier: MIT OR Apache-2.0\n\n{mit}\n\n{apache}"), "MIT OR Apache-2.0"),
        (
            format!("SPDX-License-Identifier: MIT OR Apache-2.0\n\n{mit}\n\n{apache}\n\nBundled:\n\n{zlib}"),
            "(MIT OR Apache-2.0) AND Zlib",
        ),
        (format!("SPDX-License-Identifier: MIT OR Apache-2.0\n\n{mit}"), "(MIT OR Apache-2.0) AND MIT"),
        (
            format!("{mit}\n\nSPDX-License-Identifier: MIT OR Apache-2.0\n\n{apache}"),
            "MIT AND (MIT OR Apache-2.0) AND Apache-2.0",
        ),
        (format!("{bsd}\n\nALTERNATIVELY, {gpl}"), "BSD-3-Clause OR GPL-2.0-only"),
        (format!("{bsd}\n\nPortions of {gpl}"), "BSD-3-Clause AND GPL-2.0-only"),
        (format!("{zlib}\n\nAlternatively, read on.\n\nThird party code follows.\n\n{mit}"), "Zlib AND MIT"),
        (format!("This file may be under multiple licenses.\n\n{mit}\n\n{zlib}"), "MIT AND Zlib"),
        (format!("{mit}\n\n{mit}"), "MIT"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(t, e)| (t.as_str(), *e)).collect();
    check(&cases);
}

#[test]
fn the_list_of_files_goes_on_to_other_files() {
    let stanzas = format!(
        "Files: a.c\nLicense: MIT or GPL-2.0-only\n\n{}\n\nFiles: b.c\nLicense: Zlib\n\n{}",
        text("MIT"),
        text("Zlib")
    );
    let said = says(&stanzas);
    assert!(said.ends_with("AND Zlib"), "{said}");
    assert!(said.contains("AND MIT"), "one branch is not the choice: {said}");
}

#[test]
fn a_rule_for_contributions_adds_nothing() {
    let readme = "Licensed under either of the Apache License, Version 2.0 or the Boost Software License 1.0 at your \
                  option.\n\nWhat you contribute, as defined in the Apache-2.0 license, shall be dual licensed as \
                  above.\n";
    assert_eq!(says(readme), "Apache-2.0 OR BSL-1.0");
}

#[test]
fn an_exception_opens_its_branch_of_a_choice() {
    let exception = spdx::exception_id("Classpath-exception-2.0").unwrap().text();
    let both = format!(
        "SPDX-License-Identifier: MIT OR GPL-2.0-only\n\nThe GNU license comes with the following exception:\n\n\
         {exception}"
    );
    assert_eq!(says(&both), "MIT OR GPL-2.0-only WITH Classpath-exception-2.0");
}

#[test]
fn a_changed_license_is_no_branch() {
    let mine = format!(
        "This project is dual-licensed.\n\n{}\n\nThe Software may not be used for commercial purposes.\n\n{}",
        text("MIT"),
        text("Apache-2.0")
    );
    let said = says(&mine);
    assert!(said.contains("modified-") && !said.contains(" OR "), "{said}");
}

#[test]
fn a_long_list_of_choices_is_read_in_linear_time() {
    let hostile = "Dual licensed: the MIT license or the zlib license, at your option. ".repeat(4000);
    let started = std::time::Instant::now();
    assert_eq!(says(&hostile), "MIT OR Zlib");
    assert!(started.elapsed().as_secs() < 60);
}
