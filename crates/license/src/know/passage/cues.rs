//! Words and phrases by which clauses of one sort are told in any license, and figures as texts write them.

use super::super::ClauseFact;

/// Stems that tell nothing.
const EMPTY: &[&str] = &[
    "the", "a", "an", "of", "to", "and", "or", "in", "on", "for", "with", "that", "this", "it", "its", "is",
    "are", "be", "by", "as", "at", "from", "not", "no", "nor", "may", "any", "all", "other", "who", "whoeve",
    "which", "under", "also", "than", "their", "them", "they", "what", "where", "such", "only", "alone",
    "has", "have", "had", "was", "were", "does", "do", "but", "if", "so", "one", "more", "into", "out",
    "over", "etc", "own", "give", "given", "without",
];

/// Whether a stem tells nothing.
pub(super) fn is_empty(stem: &str) -> bool {
    EMPTY.contains(&stem)
}

/// What clauses are mostly told by: words of any order, and phrases.
struct Cue {
    code: &'static str,
    words: &'static str,
    phrases: &'static [&'static str],
}

/// Cues of clauses that bar production.
const PRODUCTION: Cue =
    Cue { code: "NC-USE", words: "production commercial", phrases: &["production purposes", "production"] };

const CUES: &[Cue] = &[
    Cue {
        code: "MAU-THRESHOLD",
        words: "monthly active users license request",
        phrases: &["monthly active users", "million monthly", "月活跃", "月访问", "visits"],
    },
    Cue {
        code: "REVENUE-THRESHOLD",
        words: "annual revenue exceed usd license",
        phrases: &["annual revenue", "revenue", "营业收入", "收入"],
    },
    Cue {
        code: "NC-USE",
        words: "non commercial research purposes use",
        phrases: &["non commercial", "noncommercial", "commercial purposes", "research purposes", "商业"],
    },
    Cue {
        code: "COMMERCIAL-REGISTRATION",
        words: "commercial register registration contact apply license authorization written",
        phrases: &["commercial", "registration", "register", "登记", "书面授权", "商用", "商业"],
    },
    Cue {
        code: "TERRITORY",
        words: "european union territory united kingdom south korea domiciled rights granted",
        phrases: &["european union", "outside the territory", "domiciled in"],
    },
    Cue {
        code: "OUTPUT-TRAIN",
        words: "output results improve train create develop model",
        phrases: &["to improve any other", "to improve any", "compete with", "train", "改进", "改善"],
    },
    Cue {
        code: "HOSTING",
        words: "hosted service third party api software as a service",
        phrases: &["hosted service", "hosted", "as a service", "api"],
    },
    Cue {
        code: "LICENCE-COPY",
        words: "provide give copy agreement license third party recipients",
        phrases: &[
            "copy of this agreement",
            "copy of this license",
            "a copy of this",
            "copy of the agreement",
            "副本",
        ],
    },
    Cue {
        code: "NOTICE-FILE",
        words: "notice text file distributed copies",
        phrases: &["notice text file", "\"notice\" text file", "text file"],
    },
    Cue {
        code: "NOTICE",
        words: "retain copyright patent trademark attribution notices copies",
        phrases: &["copyright notice", "attribution notices", "copies or substantial portions", "版权声明"],
    },
    Cue {
        code: "CHANGE-NOTICE",
        words: "modified files carry prominent notices stating changed modified",
        phrases: &["modified files", "prominent notices", "prominent statement", "修改"],
    },
    Cue {
        code: "PASS-THROUGH",
        words: "use based restrictions included enforceable provision agreement subject",
        phrases: &["enforceable provision", "enforceable", "same use based restrictions"],
    },
    Cue {
        code: "ATTRIB-DISPLAY",
        words: "prominently display website user interface blogpost about page product documentation",
        phrases: &["prominently display", "built with", "powered by"],
    },
    Cue {
        code: "ATTRIB-STATEMENT",
        words: "statement public built using technology acknowledge",
        phrases: &["built using", "public statement", "built with"],
    },
    Cue {
        code: "SOURCE-ATTRIB",
        words: "acknowledge publication source credit cite research",
        phrases: &["acknowledge", "出处", "来源"],
    },
    Cue {
        code: "NAMING",
        words: "include beginning name model trained fine-tuned distributed",
        phrases: &["at the beginning of", "beginning of any such"],
    },
    Cue {
        code: "SHARE-ALIKE",
        words: "same license derivative distribute terms",
        phrases: &["same license", "under the same", "the terms of this license", "相同方式"],
    },
    Cue { code: "MILITARY", words: "military weapons warfare", phrases: &["military", "军事"] },
    Cue {
        code: "OUTPUT-NC",
        words: "output non commercial purposes use results",
        phrases: &["non commercial", "output", "commercial purposes"],
    },
    Cue {
        code: "NO-DERIVATIVES",
        words: "modify derivative distribute changed",
        phrases: &["derivative", "修改"],
    },
    Cue {
        code: "ROYALTY",
        words: "royalty attributable revenue commercial",
        phrases: &["royalty", "attributable revenue"],
    },
];

/// Cues of use policies, where a clause is the policy as a whole and no single ban.
const POLICY: Cue = Cue {
    code: "USE-POLICY",
    words: "acceptable use policy comply laws restrictions prohibited uses",
    phrases: &["acceptable use policy", "prohibited use", "use restrictions", "incorporated by reference"],
};

fn cue(clause: &ClauseFact) -> Option<&'static Cue> {
    let code = clause.finding_code();
    if clause.kind == "production" {
        return Some(&PRODUCTION);
    }
    if code == "USE-POLICY" && clause.effect.as_deref() == Some("duty") {
        return Some(&POLICY);
    }
    CUES.iter().find(|cue| cue.code == code)
}

/// Words of the sort of a clause.
pub(super) fn words(clause: &ClauseFact) -> &'static str {
    cue(clause).map_or("", |cue| cue.words)
}

/// Phrases of the sort of a clause.
pub(super) fn phrases(clause: &ClauseFact) -> &'static [&'static str] {
    cue(clause).map_or(&[], |cue| cue.phrases)
}

/// The limit of a clause as texts write it.
pub(super) fn figures(clause: &ClauseFact) -> Vec<String> {
    let value = clause.value.as_ref().and_then(toml::Value::as_integer).and_then(|n| u64::try_from(n).ok());
    let Some(value) = value.filter(|v| *v >= 1000) else { return Vec::new() };
    const WORDS: [(u64, &str); 6] =
        [(1, "one"), (2, "two"), (3, "three"), (5, "five"), (10, "ten"), (100, "one hundred")];
    const SIGNS: [(u64, &str); 4] = [(1, "一"), (2, "两"), (3, "三"), (10, "十")];
    let mut all = vec![value.to_string()];
    for (unit, name) in [(1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand")] {
        if value >= unit && value.is_multiple_of(unit) {
            let count = value / unit;
            all.push(format!("{count} {name}"));
            let word = WORDS.iter().find(|(n, _)| *n == count);
            all.extend(word.map(|(_, word)| format!("{word} {name}")));
            if unit == 1_000_000 {
                all.push(format!("{count}m"));
                all.push(format!("${count}m"));
            }
        }
    }
    for (unit, sign) in [(100_000_000, "亿"), (10_000, "万")] {
        if value >= unit && value.is_multiple_of(unit) {
            let count = value / unit;
            all.push(format!("{count}{sign}"));
            let word = SIGNS.iter().find(|(n, _)| *n == count);
            all.extend(word.map(|(_, word)| format!("{word}{sign}")));
        }
    }
    all
}
