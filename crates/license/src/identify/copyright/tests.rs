//! Forms of copyright statements, and of texts that are none.

use super::{PRESENT, Statement, statements};

/// The text of the statement, its holders joined by " | ", its years; the text of the file comes first.
type Form = (&'static str, &'static str, &'static str, &'static [(u16, u16)]);

fn check(forms: &[Form]) {
    for (text, said, holders, years) in forms {
        let found = statements(text);
        assert_eq!(found.len(), 1, "{text:?} gives {found:#?}");
        let Statement { text: got, years: got_years, holders: got_holders, .. } = &found[0];
        assert_eq!(got, said, "text of {text:?}");
        assert_eq!(got_holders.join(" | "), *holders, "holders of {text:?}");
        assert_eq!(got_years, years, "years of {text:?}");
    }
}

#[test]
fn marks_years_and_one_holder() {
    check(&[
        (
            "Copyright (c) 2001-2005, 2007 Foo Bar <foo@bar.com>",
            "Copyright (c) 2001-2005, 2007 Foo Bar <foo@bar.com>",
            "Foo Bar",
            &[(2001, 2005), (2007, 2007)],
        ),
        ("© 2020 Foo", "© 2020 Foo", "Foo", &[(2020, 2020)]),
        (
            "Copyright 2019 The Go Authors. All rights reserved.",
            "Copyright 2019 The Go Authors. All rights reserved.",
            "The Go Authors",
            &[(2019, 2019)],
        ),
        (
            "(C) Copyright IBM Corp. 1998, 2004",
            "(C) Copyright IBM Corp. 1998, 2004",
            "IBM Corp.",
            &[(1998, 1998), (2004, 2004)],
        ),
        (
            "COPYRIGHT 1997 FOO INC. ALL RIGHTS RESERVED",
            "COPYRIGHT 1997 FOO INC. ALL RIGHTS RESERVED",
            "FOO INC.",
            &[(1997, 1997)],
        ),
        ("Copyright(c)2015 Example GmbH.", "Copyright(c)2015 Example GmbH.", "Example GmbH", &[(2015, 2015)]),
        ("Copyright, 2012, Jane Roe", "Copyright, 2012, Jane Roe", "Jane Roe", &[(2012, 2012)]),
        (
            "copyright 1999-2010 by Ann Author.",
            "copyright 1999-2010 by Ann Author.",
            "Ann Author",
            &[(1999, 2010)],
        ),
        (
            "Copyright (C) by Ann Author 1993-1996",
            "Copyright (C) by Ann Author 1993-1996",
            "Ann Author",
            &[(1993, 1996)],
        ),
        ("(c) 1998-2002 by Ann Author", "(c) 1998-2002 by Ann Author", "Ann Author", &[(1998, 2002)]),
        ("Copyright 2003 : Ann Author", "Copyright 2003 : Ann Author", "Ann Author", &[(2003, 2003)]),
        (
            "Copyright {c} Ann B. Author, 1994.",
            "Copyright {c} Ann B. Author, 1994.",
            "Ann B. Author",
            &[(1994, 1994)],
        ),
        ("Copyright c 2010 Ann Author", "Copyright c 2010 Ann Author", "Ann Author", &[(2010, 2010)]),
        ("Copyrighted 2005 by Foo Labs", "Copyrighted 2005 by Foo Labs", "Foo Labs", &[(2005, 2005)]),
        ("Copyright (c) 2015", "Copyright (c) 2015", "", &[(2015, 2015)]),
        (
            "Copyright (C) 2009. All Rights Reserved.",
            "Copyright (C) 2009. All Rights Reserved.",
            "",
            &[(2009, 2009)],
        ),
    ]);
}

#[test]
fn names_without_years() {
    check(&[
        ("Copyright Mozilla Foundation", "Copyright Mozilla Foundation", "Mozilla Foundation", &[]),
        ("Copyright (c) antirez", "Copyright (c) antirez", "antirez", &[]),
        ("Copyright (c) 3Com and friends.", "Copyright (c) 3Com and friends.", "3Com and friends", &[]),
        (
            "Copyright (c) .NET Foundation. All rights reserved.",
            "Copyright (c) .NET Foundation. All rights reserved.",
            ".NET Foundation",
            &[],
        ),
        (
            "The widget is copyright Widget Foundation.",
            "copyright Widget Foundation.",
            "Widget Foundation",
            &[],
        ),
        ("parts (C) Peter Example", "parts (C) Peter Example", "Peter Example", &[]),
        (
            "(c) Adobe Systems Incorporated. All rights reserved.",
            "(c) Adobe Systems Incorporated. All rights reserved.",
            "Adobe Systems Incorporated",
            &[],
        ),
        ("Copyright <vt at example.org>", "Copyright <vt at example.org>", "vt at example.org", &[]),
        ("Copyright © 株式会社サンプル", "Copyright © 株式会社サンプル", "株式会社サンプル", &[]),
        (
            "Copyright Black Example Labs. Inc. All",
            "Copyright Black Example Labs. Inc.",
            "Black Example Labs. Inc.",
            &[],
        ),
    ]);
}

#[test]
fn years_in_every_form() {
    check(&[
        ("Copyright 2010-12 Foo", "Copyright 2010-12 Foo", "Foo", &[(2010, 2012)]),
        ("Copyright 2007-9 Foo", "Copyright 2007-9 Foo", "Foo", &[(2007, 2009)]),
        ("Copyright 1998-02 Foo", "Copyright 1998-02 Foo", "Foo", &[(1998, 2002)]),
        (
            "Copyright 2019-2021,2023 Foo",
            "Copyright 2019-2021,2023 Foo",
            "Foo",
            &[(2019, 2021), (2023, 2023)],
        ),
        (
            "Copyright (C) 1990, 91, 92 Foo",
            "Copyright (C) 1990, 91, 92 Foo",
            "Foo",
            &[(1990, 1990), (1991, 1991), (1992, 1992)],
        ),
        ("Copyright 2016-present Foo", "Copyright 2016-present Foo", "Foo", &[(2016, PRESENT)]),
        ("Copyright 2016 - present Foo", "Copyright 2016 - present Foo", "Foo", &[(2016, PRESENT)]),
        ("Copyright 2016 to now, Foo", "Copyright 2016 to now, Foo", "Foo", &[(2016, PRESENT)]),
        ("Copyright 2010+ Foo", "Copyright 2010+ Foo", "Foo", &[(2010, PRESENT)]),
        ("Copyright 1999- Foo", "Copyright 1999- Foo", "Foo", &[(1999, PRESENT)]),
        (
            "© 2016 and later: Unicode, Inc. and others.",
            "© 2016 and later: Unicode, Inc. and others.",
            "Unicode, Inc. and others",
            &[(2016, PRESENT)],
        ),
        ("Copyright 2000 – 2003 Foo", "Copyright 2000 – 2003 Foo", "Foo", &[(2000, 2003)]),
        ("Copyright 2016--2017 Foo", "Copyright 2016--2017 Foo", "Foo", &[(2016, 2017)]),
        ("Copyright 2005 and 2009 Foo", "Copyright 2005 and 2009 Foo", "Foo", &[(2005, 2005), (2009, 2009)]),
        (
            "Copyright 2009, 2003, 2004-2006 Foo",
            "Copyright 2009, 2003, 2004-2006 Foo",
            "Foo",
            &[(2003, 2003), (2004, 2006), (2009, 2009)],
        ),
        ("Copyright (c) Foo Bar 8/2025", "Copyright (c) Foo Bar 8/2025", "Foo Bar", &[(2025, 2025)]),
        (
            "Copyright (c) 12 Jan 2005 Foo Bar",
            "Copyright (c) 12 Jan 2005 Foo Bar",
            "Foo Bar",
            &[(2005, 2005)],
        ),
        (
            "Copyright (c) 1999-2006 Igor Example (2006-05-01)",
            "Copyright (c) 1999-2006 Igor Example (2006-05-01)",
            "Igor Example",
            &[(1999, 2006)],
        ),
        ("Copyright [2015] [Dan Example]", "Copyright [2015] [Dan Example]", "Dan Example", &[(2015, 2015)]),
        (
            "Copyright (c) YYYY Example and/or its affiliates.",
            "Copyright (c) YYYY Example and/or its affiliates.",
            "Example and/or its affiliates",
            &[],
        ),
    ]);
}

#[test]
fn holders_are_told_apart_and_cleaned() {
    check(&[
        ("Copyright © 1999 by X and Y", "Copyright © 1999 by X and Y", "X | Y", &[(1999, 1999)]),
        (
            "Copyright (C) 2001-2006 Bart Roe, Jamey Roe, and Josh Roe.",
            "Copyright (C) 2001-2006 Bart Roe, Jamey Roe, and Josh Roe.",
            "Bart Roe | Jamey Roe | Josh Roe",
            &[(2001, 2006)],
        ),
        (
            "© 2004 Red Hat, Inc., Marco Roe <mpg@redhat.com>",
            "© 2004 Red Hat, Inc., Marco Roe <mpg@redhat.com>",
            "Red Hat, Inc. | Marco Roe",
            &[(2004, 2004)],
        ),
        (
            "Copyright 2022 Robin Roe and Pat Roe and contributors",
            "Copyright 2022 Robin Roe and Pat Roe and contributors",
            "Robin Roe | Pat Roe and contributors",
            &[(2022, 2022)],
        ),
        (
            "Copyright (c) 2014 Carl Roe and other MIO contributors",
            "Copyright (c) 2014 Carl Roe and other MIO contributors",
            "Carl Roe and other MIO contributors",
            &[(2014, 2014)],
        ),
        (
            "Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.",
            "Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.",
            "Amazon.com, Inc. or its affiliates",
            &[],
        ),
        (
            "Copyright 2000 Institute of Science and Technology",
            "Copyright 2000 Institute of Science and Technology",
            "Institute of Science and Technology",
            &[(2000, 2000)],
        ),
        (
            "Copyright 1996 Johnson & Johnson",
            "Copyright 1996 Johnson & Johnson",
            "Johnson & Johnson",
            &[(1996, 1996)],
        ),
        (
            "Copyright 1996 Jason Roe & Brett Doe",
            "Copyright 1996 Jason Roe & Brett Doe",
            "Jason Roe | Brett Doe",
            &[(1996, 1996)],
        ),
        (
            "Copyright (c) 2003, Dr Brian Roe, Worcester, UK.",
            "Copyright (c) 2003, Dr Brian Roe, Worcester, UK.",
            "Dr Brian Roe, Worcester, UK",
            &[(2003, 2003)],
        ),
        (
            "Copyright (C) 2009 TI Example Incorporated - http://www.ti.example/",
            "Copyright (C) 2009 TI Example Incorporated",
            "TI Example Incorporated",
            &[(2009, 2009)],
        ),
        (
            "Copyright 2001 H. Peter Roe - All Rights Reserved",
            "Copyright 2001 H. Peter Roe - All Rights Reserved",
            "H. Peter Roe",
            &[(2001, 2001)],
        ),
        (
            "Copyright (C) 2005 Eric Roe [eric@example.org]",
            "Copyright (C) 2005 Eric Roe [eric@example.org]",
            "Eric Roe",
            &[(2005, 2005)],
        ),
        (
            "Copyright (c) 2014 Magento Inc. (http://www.magento.example)",
            "Copyright (c) 2014 Magento Inc. (http://www.magento.example)",
            "Magento Inc.",
            &[(2014, 2014)],
        ),
        (
            "Copyright (c) 2018 myrrlyn (Alex Payne)",
            "Copyright (c) 2018 myrrlyn (Alex Payne)",
            "myrrlyn (Alex Payne)",
            &[(2018, 2018)],
        ),
        (
            "Copyright (c) Ulrik Roe \"bluss\" 2015",
            "Copyright (c) Ulrik Roe \"bluss\" 2015",
            "Ulrik Roe \"bluss\"",
            &[(2015, 2015)],
        ),
        (
            "Copyright (c) 2016 HERE Europe B.V.",
            "Copyright (c) 2016 HERE Europe B.V.",
            "HERE Europe B.V.",
            &[(2016, 2016)],
        ),
        ("Copyright 2020 Foo Bar MIT License", "Copyright 2020 Foo Bar", "Foo Bar", &[(2020, 2020)]),
        (
            "Copyright 2020 Foo Inc. Licensed under the Apache License",
            "Copyright 2020 Foo Inc.",
            "Foo Inc.",
            &[(2020, 2020)],
        ),
        (
            "Foo is copyright Foo Inc., 2010, and files herein are licensed",
            "copyright Foo Inc., 2010",
            "Foo Inc.",
            &[(2010, 2010)],
        ),
        (
            "© 1989, 1991 Free Software Foundation, Inc. 59 Temple Place",
            "© 1989, 1991 Free Software Foundation, Inc.",
            "Free Software Foundation, Inc.",
            &[(1989, 1989), (1991, 1991)],
        ),
        ("Acme Company © 2010", "Acme Company © 2010", "Acme Company", &[(2010, 2010)]),
        ("- Robert Roe (Copyright 2022)", "Robert Roe (Copyright 2022)", "Robert Roe", &[(2022, 2022)]),
    ]);
}

#[test]
fn comment_marks_and_markup_are_no_part_of_it() {
    for line in [
        "// Copyright 2018 Foo LLC",
        "/// Copyright 2018 Foo LLC",
        "/* Copyright 2018 Foo LLC */",
        " * Copyright 2018 Foo LLC                *",
        "# Copyright 2018 Foo LLC",
        "#Copyright 2018 Foo LLC",
        ";; Copyright 2018 Foo LLC",
        "-- Copyright 2018 Foo LLC --",
        "--Copyright 2018 Foo LLC",
        "dnl Copyright 2018 Foo LLC",
        "% Copyright 2018 Foo LLC",
        ".\\\" Copyright 2018 Foo LLC",
        "REM Copyright 2018 Foo LLC",
        "C     Copyright 2018 Foo LLC",
        "<!-- Copyright 2018 Foo LLC -->",
        "(* Copyright 2018 Foo LLC *)",
        "{- Copyright 2018 Foo LLC -}",
        "<p>Copyright 2018 Foo LLC</p><p>More text</p>",
        "<b>Copyright</b> 2018 <a href=\"x\">Foo</a> LLC<br>More text",
        "_Copyright 2018 Foo LLC_",
        "**Copyright 2018 `Foo LLC`**",
        "> Copyright 2018 Foo LLC",
        "+ * Copyright 2018 Foo LLC",
        "\u{feff}Copyright 2018 Foo LLC\r",
        "    \"Copyright 2018 Foo LLC\\n\"",
        "  start: Some(\"   Copyright 2018 Foo LLC\".to_owned()),",
        "[assembly: AssemblyCopyright(\"Copyright 2018 Foo LLC\")]",
        "Copyright:  Copyright 2018 Foo LLC",
        "SPDX-FileCopyrightText: Copyright 2018 Foo LLC",
    ] {
        let found = statements(line);
        assert_eq!(found.len(), 1, "{line:?} gives {found:#?}");
        assert_eq!(
            found[0].text.trim_end_matches([')', '}', '-']).trim(),
            "Copyright 2018 Foo LLC",
            "{line:?}"
        );
        assert_eq!(found[0].holders, ["Foo LLC"], "{line:?}");
        assert_eq!(found[0].years, [(2018, 2018)], "{line:?}");
    }
}

#[test]
fn signs_in_every_spelling() {
    for sign in
        ["©", "&copy;", "&#169;", "&#xA9;", "\\(co", "Â©", "@copyright{}", "\\u00a9", "<sup>&copy;</sup>"]
    {
        let found = statements(&format!("Copyright {sign} 2018 Foo LLC"));
        assert_eq!(found.len(), 1, "{sign}");
        assert_eq!(found[0].text, "Copyright © 2018 Foo LLC", "{sign}");
        assert_eq!(found[0].holders, ["Foo LLC"], "{sign}");
    }
    check(&[
        (
            "copyright \u{fffd} 2000 - 2003 Jason Roe",
            "copyright \u{fffd} 2000 - 2003 Jason Roe",
            "Jason Roe",
            &[(2000, 2003)],
        ),
        (
            "Copyright Š 1993 Motorola Inc.",
            "Copyright Š 1993 Motorola Inc.",
            "Motorola Inc.",
            &[(1993, 1993)],
        ),
        (
            "&copy; 2003 M&uuml;ller &amp; S&ouml;hne",
            "© 2003 Müller & Söhne",
            "Müller & Söhne",
            &[(2003, 2003)],
        ),
    ]);
}

#[test]
fn tags_and_fields() {
    check(&[
        ("SPDX-FileCopyrightText: 2020 Foo", "SPDX-FileCopyrightText: 2020 Foo", "Foo", &[(2020, 2020)]),
        ("SPDX-FileCopyrightText: © 2020 Foo <a@b.org>", "© 2020 Foo <a@b.org>", "Foo", &[(2020, 2020)]),
        (
            "SPDX-FileCopyrightText = \"2019 Jane Doe <jane@example.com>\"",
            "SPDX-FileCopyrightText = 2019 Jane Doe <jane@example.com>",
            "Jane Doe",
            &[(2019, 2019)],
        ),
        ("copyright-holder: Foo Bar", "copyright-holder: Foo Bar", "Foo Bar", &[]),
        ("copyright = u'2015, Foo Bar'", "copyright 2015, Foo Bar", "Foo Bar", &[(2015, 2015)]),
        (
            "<copyright><year>2000</year><holder>Foo, Inc.</holder></copyright>",
            "2000 Foo, Inc.",
            "Foo, Inc.",
            &[(2000, 2000)],
        ),
        (
            " * @copyright 2012 Christian Roe",
            "copyright 2012 Christian Roe",
            "Christian Roe",
            &[(2012, 2012)],
        ),
        ("Portions Copyright (c) 1994 Foo", "Portions Copyright (c) 1994 Foo", "Foo", &[(1994, 1994)]),
        (
            "Portions are Copyright (C) 1993 Foo",
            "Portions are Copyright (C) 1993 Foo",
            "Foo",
            &[(1993, 1993)],
        ),
        (
            "Portions created by Foo Inc. are Copyright (C) 1995.",
            "Portions created by Foo Inc. are Copyright (C) 1995.",
            "Foo Inc.",
            &[(1995, 1995)],
        ),
    ]);
}

fn summary(text: &str) -> Vec<(u32, u32, String)> {
    statements(text).into_iter().map(|s| (s.lines.0, s.lines.1, s.holders.join(" | "))).collect()
}

#[test]
fn a_debian_field_states_one_holder_a_line() {
    let text = "Files: *\nCopyright: 1999, Leon Roe <l@debian.org>\n 2005, Luk Roe <luk@debian.org>\n Beman Dawes\nLicense: MIT\n Permission is granted to Foo\n\nCopyright:\n  2001 Ann Roe\n  2003 Bob Roe\n";
    assert_eq!(
        summary(text),
        [
            (2, 2, "Leon Roe".to_owned()),
            (3, 3, "Luk Roe".to_owned()),
            (4, 4, "Beman Dawes".to_owned()),
            (8, 9, "Ann Roe".to_owned()),
            (10, 10, "Bob Roe".to_owned()),
        ]
    );
}

#[test]
fn wrapped_statements_are_joined_where_they_clearly_go_on() {
    let joined = [
        " * Copyright (c) 1990, 1993, 1994\n *\tThe Regents of the University of California.  All rights reserved.",
        "# Copyright (C) 1984, 1989-1990, 2000-2015, 2018-2019 Free Software Foundation,\n#   Inc.",
        "Copyright (C) 2001, 2002,\n2003, 2004 Foo Bar",
        "Copyright (C) 1999 -\n 2003 Foo Bar",
        "Copyright 1990,1991,2007,2008 by the Massachusetts\nInstitute of Technology.  All rights reserved.",
        "copyright (c) 1994 by the\nRegents of the University of California.",
        "Portions Copyright (c) 1996-2010,\nThe PostgreSQL Global Development Group",
        "Copyright (c) 2004 Ann Roe and\nBob Roe",
        "// Copyright (C) 2000 Marcus Roe <m@roe.de>\n//                  & Ralph Roe <r@roe.de>",
    ];
    for text in joined {
        let found = statements(text);
        assert_eq!(found.len(), 1, "{text:?} gives {found:#?}");
        assert_eq!(found[0].lines, (1, 2), "{text:?}");
        assert!(!found[0].holders.is_empty(), "{text:?}");
    }
    let alone = [
        "Copyright (c) 2015\n\nPermission is hereby granted",
        "Copyright (c) 2015\nPermission is hereby granted",
        "Copyright (c) 2015\nThis file is part of Foo",
        "Copyright (c) 2015\nMIT License",
        "Copyright (c) 2015 Foo Bar\nAll of this is new",
        "Copyright (c) 2015 Foo Bar\nJane Roe wrote the parser",
        "Copyright (c) 2015 Foo Bar\n2016-01-01 Fixed a bug",
        "Copyright (c) 2015, Foo Bar,\n\nJane Roe",
    ];
    for text in alone {
        let found = statements(text);
        assert_eq!(found.len(), 1, "{text:?} gives {found:#?}");
        assert_eq!(found[0].lines, (1, 1), "{text:?}");
    }
}

#[test]
fn lines_below_a_statement_may_add_years_and_holders() {
    let text = " * Copyright (C) 1999 Ann Roe\n *               2000-2001 Bob Roe\n *               2002 Cy Roe\n * 2005 was good\n";
    assert_eq!(summary(text), [(1, 1, "Ann Roe".into()), (2, 2, "Bob Roe".into()), (3, 3, "Cy Roe".into())]);
    let text = "/*\n * Copyright (C) 2010 Ann Roe\n *                    Bob Roe\n */";
    assert_eq!(summary(text), [(2, 3, "Ann Roe | Bob Roe".into())]);
}

#[test]
fn several_statements_on_several_lines() {
    let text =
        "Foo\r\nCopyright 2001 Ann Roe\r\nCopyright 2002 Bob Roe, (C) 2003 Cy Roe\r\n\r\n© Dan Roe\r\n";
    let expected = [(2, 2, "Ann Roe"), (3, 3, "Bob Roe"), (3, 3, "Cy Roe"), (5, 5, "Dan Roe")];
    assert_eq!(summary(text), expected.map(|(a, b, c)| (a, b, c.to_owned())));
}

#[test]
fn templates_are_no_statements() {
    for text in [
        "Copyright (c) <year> <copyright holders>",
        "Copyright (c) <year> <copyright\nholders>",
        "Copyright (c) &lt;year> &lt;copyright holders>",
        "Copyright [yyyy] [name of copyright owner]",
        "   Copyright {yyyy} {name of copyright owner}",
        "Copyright YEAR COPYRIGHT HOLDER",
        "Copyright (c)  YEAR  YOUR NAME.",
        "Copyright &copy; YEAR YOUR NAME.",
        "Copyright <YEAR> <COPYRIGHT HOLDER>",
        "Copyright (c) <year> <owner>. All rights reserved.",
        "_Copyright © `<year>`, `<copyright holder>`_",
        "Copyright (C) 19yy  <name of author>",
        "Gnomovision version 69, Copyright (C) 19yy name of author",
        "Gnomovision version 69, Copyright (C) year name of author",
        "Copyright (C) 20[jj] [Name des Rechtsinhabers].",
        "Copyright (c) [2019] [name of copyright holder]",
        "Copyright (C) <copyright_owner>",
        "Copyright (c) [year] [fullname]",
        "Copyright (c) {{ year }} {{ author }}",
        "Portions created by ______ are Copyright (C)_________[Insert year(s)]. All Rights Reserved.",
        "<para>Copyright © ANNÉE VOTRE NOM.</para>",
        "PackageCopyrightText: NOASSERTION",
    ] {
        assert_eq!(statements(text), [], "{text:?}");
    }
}

#[test]
fn prose_about_copyright_is_no_statement() {
    for text in [
        "the copyright holder may",
        "The above copyright notice and this permission notice shall be included",
        "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\"",
        "IN NO EVENT SHALL THE COPYRIGHT\nOWNER OR CONTRIBUTORS BE LIABLE",
        "under copyright law. Foo Inc. disagrees.",
        "2. Grant of Copyright License. Subject to the terms",
        "Copyright license to reproduce, prepare Derivative Works of",
        "Copyright and Similar Rights means copyright",
        "## Copyright\n\nFoo Bar",
        "Copyright Information",
        "COPYRIGHT AND PERMISSION NOTICE",
        "COPYRIGHT INFRINGEMENT",
        "Copyright Policy\n2 rules",
        "the WIPO Copyright Treaty of 1996, the WIPO Performances",
        "the Universal Copyright Convention (as revised on July 24, 1971).",
        "\"Copyright\" also means copyright-like laws that apply to other kinds of works",
        "http://www.w3.org/Consortium/Legal/2002/copyright-software-20021231",
        "see https://example.org/copyright.html and COPYRIGHT.txt 2010",
        "For software which is copyrighted by the Free Software Foundation, write to us",
        "Copyrights in the Foo project are retained by their contributors. No",
        "The Software is protected by copyrights. Foo Bar",
        "(c) You must retain, in the Source form of any Derivative Works",
        "(c) Representations. Contributor represents that",
        "(c) 2010 budgets are due",
        "as described in section 4(c) 1999 Foo",
        "FAR 52.227.19 (c) (2). If you",
        "Copyright (c) and other marks must stay",
        "remove any © symbols from the text",
        "Developers may use the copyright Foo holds",
    ] {
        assert_eq!(statements(text), [], "{text:?}");
    }
}

#[test]
fn code_is_no_statement() {
    for text in [
        "copyright = get_copyright()",
        "copyright = \"Foo Bar\"",
        "let copyright = Copyright::new(2010);",
        "copyright: Option<String>,",
        "    copyright: string;",
        "self.copyright = copyright",
        "project_copyright = 'x'",
        "if (c) 2010 else 2011",
        "#define LOWERCASE(c) ((isalpha(c)) ? tolower(c) : (c))",
        "switch (c) {",
        "<div class=\"copyright\">2010 Foo</div>",
        "'©' => Some(\"copy\"),",
        "fn copyright(text: &str) -> Foo",
        "import Copyright from './Copyright'",
        "{ \"copyright\": null }",
    ] {
        assert_eq!(statements(text), [], "{text:?}");
    }
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    // The bound is far above what linear work takes in a slow build, and far below its square.
    let units = [
        "copyright ",
        "Copyright (c) ",
        "©",
        "© 2000, ",
        "Copyright 2000,\n",
        "Copyright (c) 2000 Foo Bar and\n",
        "© A,B,",
        "Copyright:\n 2000 Foo\n 2001 Bar\n",
        "© <<<<<<((((((",
        "© </a></b></c><d><e>",
        "Copyright (c) 2000 Foo <a",
    ];
    for unit in units {
        let text = unit.repeat(100_000 / unit.len());
        let begin = std::time::Instant::now();
        let found = statements(&text);
        assert!(
            begin.elapsed().as_secs() < 10,
            "{unit:?} took {:?} for {} statements",
            begin.elapsed(),
            found.len()
        );
    }
    let plain = "the quick brown fox jumps ".repeat(200_000);
    assert_eq!(statements(&plain), []);
}

#[test]
fn nothing_breaks_on_pieces_put_together_at_random() {
    let pieces = [
        "Copyright",
        "copyright",
        "(c)",
        "©",
        "&copy;",
        " ",
        " ",
        "\n",
        "\n * ",
        "\r",
        "\t",
        "2001",
        "2010-12",
        "1999,",
        "present",
        "-",
        "–",
        ",",
        ".",
        ":",
        "Foo",
        "Inc.",
        "and",
        "&",
        "by",
        "the",
        "All rights reserved",
        "All",
        "<a@b.c>",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<year>",
        "\"",
        "'",
        "\\",
        "\\(co",
        "é",
        "著作権",
        "\u{1e}",
        "\u{a0}",
        "Â",
        "SPDX-FileCopyrightText",
        ":",
        "=",
        "Portions",
        "are",
        "*/",
        "-->",
        "<b>",
        "</b>",
        "<br>",
        "&lt;",
        "y",
        "𝒞",
        "\0",
        "99999999999",
        "'98",
        "20xx",
        "____",
        "@",
        "E<lt>",
        "M-J.",
        "and later",
    ];
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % n as u64).unwrap()
    };
    for _ in 0..20_000 {
        let count = 1 + random(30);
        let text: String = (0..count).map(|_| pieces[random(pieces.len())]).collect();
        let lines = u32::try_from(text.matches('\n').count()).unwrap() + 1;
        for found in statements(&text) {
            assert!(
                1 <= found.lines.0 && found.lines.0 <= found.lines.1 && found.lines.1 <= lines,
                "{text:?}"
            );
            assert!(
                !found.text.is_empty()
                    && !found.text.contains(['\n', '\u{1e}'])
                    && !found.text.contains("  "),
                "{text:?}"
            );
            assert!(!found.years.is_empty() || !found.holders.is_empty(), "{text:?}");
            assert!(
                found.years.is_sorted() && found.years.iter().all(|(start, end)| start <= end),
                "{text:?}"
            );
        }
    }
}
