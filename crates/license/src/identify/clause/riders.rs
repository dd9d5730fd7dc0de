//! Riders of our own making and plain prose, with what the grammar has to say of each: the measure of this module.

use super::ClauseKind::{self, *};
use super::{Modality, read};

/// Each rider with the restrictions and duties that it states.
const RIDERS: &[(&str, &[ClauseKind])] = &[
    // Non-commercial.
    (
        "Commercial use of this software is not permitted without a separate written agreement.",
        &[NonCommercial],
    ),
    ("You may not use this software for commercial purposes.", &[NonCommercial]),
    ("The Software may not be used, in whole or in part, for any commercial purpose.", &[NonCommercial]),
    ("Commercial use is strictly prohibited.", &[NonCommercial]),
    ("Any commercial exploitation of the Work is forbidden.", &[NonCommercial]),
    ("This programme is free for personal use.", &[NonCommercial]),
    ("Free for personal and academic use; companies have to buy a licence.", &[NonCommercial]),
    ("This code may be used for non-commercial purposes only.", &[NonCommercial]),
    ("The model weights are licensed for non-commercial research use only.", &[NonCommercial]),
    ("For commercial use, please contact the author.", &[NonCommercial]),
    ("Contact us for a commercial license.", &[NonCommercial]),
    ("Using this library in a commercial product requires a separate license.", &[NonCommercial]),
    ("If you want to use this code commercially you need to purchase a license.", &[NonCommercial]),
    ("No commercial use.", &[NonCommercial]),
    ("Not for commercial use.", &[NonCommercial]),
    ("You are not allowed to monetise this plugin in any way.", &[NonCommercial]),
    (
        "Permission is granted to use and copy this software for educational, research and non-profit purposes.",
        &[NonCommercial],
    ),
    ("The licence granted here does not extend to commercial use of the Software.", &[NonCommercial]),
    ("Usage of these icons by for-profit organisations is not authorised.", &[NonCommercial]),
    ("You may use this tool for any purpose other than commercial use.", &[NonCommercial]),
    ("Nobody may make money with this code without my written consent.", &[NonCommercial]),
    // Artificial intelligence.
    ("The Software may not be used to train AI models.", &[NoAiTraining]),
    (
        "You must not use any part of this repository as training data for machine learning models.",
        &[NoAiTraining],
    ),
    ("Use of this code for the purpose of training large language models is prohibited.", &[NoAiTraining]),
    (
        "Training artificial intelligence systems on this work requires the author's prior written permission.",
        &[NoAiTraining],
    ),
    ("No part of this work may be ingested by generative AI systems.", &[NoAiTraining]),
    ("The licence does not permit text and data mining of the Work.", &[NoAiTraining]),
    ("You will not use the outputs of the Model to improve any other large language model.", &[NoAiTraining]),
    (
        "This source code shall not be included in any dataset used for training neural networks.",
        &[NoAiTraining],
    ),
    ("It is forbidden to scrape this repository to fine-tune LLMs.", &[NoAiTraining]),
    ("Do not use this code to train machine learning models.", &[NoAiTraining]),
    ("AI training on this material is not allowed.", &[NoAiTraining]),
    // Sale.
    ("You may not sell the Software.", &[NoSale]),
    ("The License does not grant to you the right to Sell the Software.", &[NoSale]),
    ("Selling, renting or leasing this program is prohibited.", &[NoSale]),
    ("This theme must not be resold.", &[NoSale]),
    ("You may copy and change the code, but you may not charge a fee for it.", &[NoSale]),
    ("Resale of this software, modified or not, is not permitted.", &[NoSale]),
    ("No copy of the Work may be sold by itself.", &[NoSale]),
    ("Under no circumstances may this package be sold.", &[NoSale]),
    ("You can use it for free as long as you do not sell it.", &[NoSale]),
    // Money.
    (
        "Licensee shall pay the Licensor a royalty of 5% of gross revenue from products that contain the Software.",
        &[Royalty],
    ),
    ("A fee of 100 EUR per installation is payable to the author for using the software.", &[Royalty]),
    ("Distribution of products that include this library is subject to a royalty.", &[Royalty]),
    ("Use of the software requires a paid subscription.", &[Royalty]),
    ("You must purchase a license to use this software.", &[Royalty]),
    // Thresholds.
    (
        "If your product has more than 700 million monthly active users, you must request a license from us.",
        &[UserThreshold],
    ),
    (
        "Organisations with over 250 employees may not use this software without a commercial licence.",
        &[UserThreshold],
    ),
    ("The software is free for companies with fewer than 10 developers.", &[UserThreshold]),
    ("Use by more than five users requires a separate license.", &[UserThreshold]),
    (
        "Companies with annual revenue exceeding $1,000,000 must buy a license before using the library.",
        &[RevenueThreshold],
    ),
    ("You may not use the Model if your annual revenue exceeds USD 10 million.", &[RevenueThreshold]),
    ("Free for companies with less than 1M EUR in yearly turnover.", &[RevenueThreshold]),
    // Field of use.
    ("The Software may only be used with hardware made by Example Corp.", &[FieldOfUse]),
    ("This software may not be used in gambling products.", &[FieldOfUse]),
    ("The licensed code shall be used solely for your internal business purposes.", &[FieldOfUse]),
    ("Employees of Example Corp may not use this software.", &[FieldOfUse]),
    ("You may use the library only in open source projects.", &[FieldOfUse]),
    // Derivatives and redistribution.
    (
        "You may not distribute modified versions of the software or create derivative works.",
        &[NoDerivatives],
    ),
    ("Modification of the source code is not permitted.", &[NoDerivatives]),
    ("You shall not modify, adapt or translate the Software.", &[NoDerivatives]),
    ("No derivative works are allowed.", &[NoDerivatives]),
    ("You may not redistribute this software.", &[NoRedistribution]),
    ("Redistribution of these files is prohibited without prior written permission.", &[NoRedistribution]),
    ("The source code must not be shared with third parties.", &[NoRedistribution]),
    ("Do not reupload this mod without permission.", &[]),
    ("The Licensee may not publish, transfer or sublicense the Software.", &[NoRedistribution]),
    // Evaluation.
    ("The Software may be used for evaluation purposes only.", &[Evaluation]),
    ("You may not use the Software in production.", &[Evaluation]),
    ("Production use of this program requires a commercial license.", &[Evaluation]),
    ("This package is licensed for a 30-day trial only.", &[Evaluation]),
    ("Licensor grants you the right to use the Software for non-production use only.", &[Evaluation]),
    // Hosting.
    ("You may not provide the software to third parties as a hosted or managed service.", &[NoHosting]),
    ("Offering the Software as a service is prohibited.", &[NoHosting]),
    ("Cloud service providers may not host this program for their customers.", &[NoHosting]),
    (
        "The grant does not include the right to make the Software available to third parties as a service.",
        &[NoHosting],
    ),
    ("Hosting this software for others requires our written consent.", &[NoHosting]),
    // Territory.
    ("This license does not apply in the European Union.", &[Territory]),
    ("The Model may not be used in the European Union, the United Kingdom or South Korea.", &[Territory]),
    ("You may use the software only within the United States.", &[Territory]),
    ("Residents of Russia and Belarus are not permitted to use this software.", &[Territory]),
    ("Use outside the territory is not licensed.", &[Territory]),
    // Ethics and military.
    ("The Software shall be used for Good, not Evil.", &[Ethical]),
    ("The software may not be used to harm people or to violate human rights.", &[Ethical]),
    ("You agree not to use the Work for surveillance.", &[Ethical]),
    ("Use of the library for illegal purposes is prohibited.", &[Ethical]),
    ("This code must not be used for military purposes.", &[Military]),
    ("No military use.", &[Military]),
    ("The use of this software by arms manufacturers or in weapons is forbidden.", &[Military]),
    // Competition.
    ("You may not use the Software to build a product that competes with ours.", &[Competition]),
    ("Competitors of the Licensor are not permitted to use this code.", &[Competition]),
    ("You may use the software for any purpose except for providing a competing product.", &[Competition]),
    // Registration.
    ("You must register with us before using the software.", &[Registration]),
    ("Commercial users must register before use of the model.", &[Registration]),
    // Duties.
    ("You must give appropriate credit to the author in your product.", &[Attribution]),
    ("The user interface of your product must prominently display \"Powered by Example\".", &[Attribution]),
    ("The copyright notice must be retained in all copies.", &[Attribution]),
    ("You must notify the author if you use this software.", &[Notification]),
    ("Anyone who uses this code has to inform the copyright holder of it by e-mail.", &[Notification]),
    ("Any modified version must be released under the same license.", &[ShareAlike]),
    ("You must make the source code of your changes available under this licence.", &[ShareAlike]),
    // Others.
    ("You may not use this software without prior written permission.", &[Other]),
    ("You may not reverse engineer or decompile the Software.", &[Other]),
    // Found by their wording in the wild: elided subjects, named products, nouns without a verb.
    (
        "The images were drawn for this game and may not be republished without my consent.",
        &[NoRedistribution],
    ),
    (
        "It may not be copied, disclosed or transmitted to third parties without prior written consent.",
        &[NoRedistribution],
    ),
    (
        "Copying or redistribution, in whole or in part, is not permitted without a written agreement.",
        &[NoRedistribution],
    ),
    ("Permission to redistribute the program to others is not granted.", &[NoRedistribution]),
    ("You may not offer Gizmo to others as a hosted service.", &[NoHosting]),
    ("What you can't do:\n- Provide Gizmo to third parties as a managed service.\n", &[NoHosting]),
    ("This library requires a commercial license.", &[Other]),
    ("The data are for non-commercial use.", &[NonCommercial]),
    ("Copies may not be sold, nor may they be used in any commercial product.", &[NoSale, NonCommercial]),
    ("Free for organisations with <$2M revenue.", &[RevenueThreshold]),
    ("If you change the work, you may not distribute the changed version.", &[NoDerivatives]),
    ("Licensed for use only with Example devices.", &[FieldOfUse]),
    (
        "The distribution or reselling of this pack to third parties is prohibited.",
        &[NoRedistribution, NoSale],
    ),
    ("All rights are reserved, including those for text and data mining.", &[NoAiTraining]),
    ("With the additional restriction that it may not be used commercially.", &[NonCommercial]),
    ("* THIS FILE MAY NOT BE USED FOR\n* MILITARY PURPOSES.\n", &[Military]),
    // Several at once.
    ("You may not sell the software or use it for commercial purposes.", &[NoSale, NonCommercial]),
    (
        "If the Software is used in a product with more than 100 million monthly active users, or more than 20 million US dollars in monthly revenue, you shall prominently display \"K2\" on its user interface.",
        &[UserThreshold, RevenueThreshold, Attribution],
    ),
    (
        "You may not:\n\n- sell the software\n- use it to train AI models\n- host it as a service\n",
        &[NoSale, NoAiTraining, NoHosting],
    ),
    (
        "The following uses of the software are prohibited:\n  (a) military applications;\n  (b) resale;\n",
        &[Military, NoSale],
    ),
    ("// You may use this file for non-commercial\n// purposes only.\n", &[NonCommercial]),
    ("/*\n * Redistribution of this file is\n * not allowed.\n */", &[NoRedistribution]),
    ("<p>This software is <b>not</b> licensed for commercial&nbsp;use.</p>", &[NonCommercial]),
];

/// License boilerplate and README prose: no restriction in any of it.
const PROSE: &[&str] = &[
    "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED.",
    "In no event shall the authors be liable for any claim, damages or other liability, including commercial damages or losses.",
    "The name of the author may not be used to endorse or promote products derived from this software without specific prior written permission.",
    "Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products.",
    "The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.",
    "Altered source versions must be plainly marked as such, and must not be misrepresented as being the original software.",
    "You may not impose any further restrictions on the recipients' exercise of the rights granted herein.",
    "You may not copy, modify, sublicense, or distribute the Program except as expressly provided under this License.",
    "You may not use this file except in compliance with the License.",
    "You may obtain a copy of the License at",
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.",
    "Anyone is free to use this software for any purpose, commercial or non-commercial, and by any means.",
    "This library is free for commercial and non-commercial use.",
    "This license does not grant permission to use the trade names, trademarks, service marks, or product names of the Licensor.",
    "Everyone is permitted to copy and distribute verbatim copies of this license document, but changing it is not allowed.",
    "If You institute patent litigation, then any patent licenses granted to You under this License shall terminate.",
    "No express or implied licenses to any party's patent rights are granted by this license.",
    "Nothing in this license prohibits commercial use of the software.",
    "Commercial use is allowed.",
    "You may use this software for commercial purposes.",
    "You can use this library in commercial products free of charge.",
    "Commercial support is available from Example Corp.",
    "The license does not restrict commercial use.",
    "You are free to sell copies of the program.",
    "You may charge a fee for the physical act of transferring a copy.",
    "All rights reserved.",
    "This software is not subject to any royalty.",
    "A royalty-free license to use, copy and sell the work is granted.",
    "Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an \"AS IS\" BASIS.",
    "If you do not agree to these terms, do not use the software.",
    "This project is not for production use.",
    "You must install node 18.",
    "Do not use this function in new code.",
    "You may not need this library.",
    "This crate should not be used in production yet.",
    "The model must be trained before you can use it.",
    "Train the model with `python train.py` and do not stop the training early.",
    "You must register the plugin in your configuration before using it.",
    "Please cite our paper if you use this code in your research.",
    "This tool is for educational purposes only.",
    "The API requires a license key.",
    "You can host the docs on any static file server.",
    "Host names must not contain underscores.",
    "The service must be restarted after the update.",
    "You must not commit secrets to this repository.",
    "Files larger than 5 MB may not be uploaded to the server.",
    "The library can be used with more than 1000 users at once.",
    "It may not work on Windows.",
    "Pull requests must not change the public interface without discussion.",
    "This package may only work with Python 3.",
    "No modifications needed.",
    "This action requires permission to write to the repository.",
    "Contact us if you have questions about the code.",
    "The data is not shared with anyone.",
    "We do not sell your data.",
    "Distributed under the MIT license, see LICENSE for more information.",
    "The module does not include the source of the parser.",
    "Only use this option for testing.",
    "This is not an official Google product.",
    "Access to the field is only permitted within the same module.",
    "The benchmark compares our library with its competitors.",
    "Never use this code path in tests.",
    "We promise: no selling, no ads and no AI training on your files.",
    "The address may not be changed while the lease is held by the host.",
    "This adapter must only be used inside a loop.",
    "Concert tickets may not be used for commercial purposes unless the organiser agrees.",
    "You are not allowed to sell before you have bought.",
    "The paid edition must be licensed separately.",
    "You cannot change this setting while the program is running.",
    "The fields of a frozen object may not be modified.",
    "With over two million monthly active users the service must scale.",
    "The results are for research purposes only and are no medical advice.",
    "This program has an internal cache which is only used for testing.",
    "One must not attempt to modify the internal representation of a value.",
    "We need your permission to use and distribute your contribution.",
    "Forbid line breaks in the host of an address.",
    "Contact the server to renew the license file.",
    "These functions are for internal use only.",
    "Data that an earlier pass wrote must not be modified.",
    "This trait describes views of memory that are not permitted to modify the value.",
    "It is used in production by several companies.",
    "You must have a commercial-grade GPU to train the models.",
    "Support for the old format was dropped, and copying files to the cache is no longer allowed.",
];

#[test]
fn riders_are_read_and_prose_is_left_alone() {
    let (mut found, mut missed, mut wrong) = (0, Vec::new(), Vec::new());
    for (text, expected) in RIDERS {
        let kinds: Vec<ClauseKind> = read(text).iter().map(|hit| hit.kind).collect();
        for kind in *expected {
            if kinds.contains(kind) {
                found += 1;
            } else {
                missed.push(format!("{kind:?} in {text} ({kinds:?})"));
            }
        }
        // A duty besides is no mistake: it restricts nobody.
        let extra = kinds.iter().filter(|k| !expected.contains(k) && k.category().is_some());
        wrong.extend(extra.map(|kind| format!("{kind:?} in {text}")));
    }
    for text in PROSE {
        let hits = read(text);
        wrong.extend(
            hits.iter().filter(|h| h.category().is_some()).map(|h| format!("{:?} in {text}", h.kind)),
        );
    }
    let share = |part: usize, other: usize| 100.0 * part as f64 / (part + other).max(1) as f64;
    let report = format!(
        "{} riders, {} other sentences: precision {:.1} %, recall {:.1} %\nmissed {missed:#?}\nwrong {wrong:#?}",
        RIDERS.len(),
        PROSE.len(),
        share(found, wrong.len()),
        share(found, missed.len()),
    );
    assert!(missed.is_empty() && wrong.is_empty(), "{report}");
}

/// Licenses that restrict nobody beyond notices and reciprocity.
const FREE: &[&str] = &[
    "0BSD",
    "AFL-3.0",
    "AGPL-3.0-only",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-4-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CECILL-2.1",
    "CPL-1.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "GPL-1.0-only",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "HPND",
    "ICU",
    "IJG",
    "ISC",
    "LGPL-2.0-only",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "MS-RL",
    "MulanPSL-2.0",
    "NCSA",
    "ODbL-1.0",
    "OSL-3.0",
    "OpenSSL",
    "PHP-3.01",
    "PostgreSQL",
    "Python-2.0",
    "Ruby",
    "SMLNJ",
    "TCL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "ZPL-2.1",
    "Zlib",
    "bzip2-1.0.6",
    "curl",
    "libpng-2.0",
    "zlib-acknowledgement",
];

#[test]
fn ordinary_licenses_restrict_nobody() {
    let mut wrong = Vec::new();
    for id in FREE {
        let hits = read(spdx::license_id(id).unwrap().text());
        let hits = hits.into_iter().filter(|hit| hit.category().is_some());
        wrong.extend(hits.map(|hit| format!("{id}: {:?} in {}", hit.kind, hit.sentence)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Licenses that restrict, each with a kind that has to be among what is read.
const RESTRICTED: &[(&str, &[ClauseKind])] = &[
    ("JSON", &[Ethical]),
    ("OFL-1.1", &[NoSale]),
    ("CC-BY-NC-4.0", &[NonCommercial]),
    ("PolyForm-Noncommercial-1.0.0", &[NonCommercial]),
    ("BUSL-1.1", &[Evaluation]),
    ("Elastic-2.0", &[NoHosting]),
    ("OpenPBS-2.3", &[NonCommercial]),
    ("gSOAP-1.3b", &[NonCommercial]),
];

#[test]
fn restricting_licenses_show_it() {
    for (id, kinds) in RESTRICTED {
        let text = spdx::license_id(id).unwrap().text();
        let hits = read(text);
        for kind in *kinds {
            assert!(hits.iter().any(|hit| hit.kind == *kind), "{id} lacks {kind:?}: {hits:#?}");
        }
    }
}

#[test]
fn a_hit_says_what_where_and_how() {
    let text = "MIT License\n\nPermission is hereby granted, free of charge.\n\nThis software may not be\nused to train AI models.\n";
    let hits = read(text);
    assert_eq!(hits.len(), 1, "{hits:#?}");
    assert_eq!((hits[0].kind, hits[0].modality), (NoAiTraining, Modality::MayNot));
    assert_eq!((hits[0].action.as_str(), hits[0].object.as_str()), ("train", "this software"));
    assert_eq!(hits[0].lines, (5, 6));
    assert_eq!(hits[0].sentence, "This software may not be used to train AI models.");
}

#[test]
fn a_list_item_is_read_with_its_lead_in_and_shown_alone() {
    let hits = read("You may not use this software to:\n\n1. sell it,\n2. harm people.\n");
    let seen: Vec<_> = hits.iter().map(|hit| (hit.kind, hit.lines)).collect();
    assert_eq!(seen, [(NoSale, (3, 3)), (Ethical, (4, 4))]);
}

#[test]
fn hostile_text_costs_no_more_than_its_length() {
    let long = "may not ".repeat(200_000);
    assert!(read(&long).len() < 10_000);
    let marks = "(".repeat(1_000_000);
    assert!(read(&marks).is_empty());
    let items = "You may not sell it:\n".to_string() + &"- it\n".repeat(50_000);
    assert!(read(&items).len() <= 50_001);
    let odd = "\u{feff}É may not ﬁ «sell» 本 the software…\r\n\u{0}<<<<>>>> |||| *** # - \t ) . 1) ❌ ";
    let _ = read(&odd.repeat(5_000));
}
