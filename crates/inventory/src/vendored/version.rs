//! Versions as sources state them: macros, the files of build systems, and the heads of logs of changes.

use std::collections::BTreeMap;

/// A version with the place where it stands: the name of the file and the line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    /// The version.
    pub version: String,
    /// The line it stands in.
    pub line: u32,
}

/// The first version in a text: digits and dots, perhaps with a word such as `rc1` behind.
pub(super) fn token(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let before = start.checked_sub(1).map(|b| bytes[b]);
        let mut end = start;
        let mut dots = 0;
        while end < bytes.len() && (bytes[end].is_ascii_alphanumeric() || b".-+_".contains(&bytes[end])) {
            let dot = bytes[end] == b'.';
            // Digits on both sides make a dot one of the version's.
            if dot && bytes.get(end + 1).is_none_or(|next| !next.is_ascii_digit()) {
                break;
            }
            dots += usize::from(dot);
            end += 1;
        }
        let apart =
            before.is_none_or(|b| !(b.is_ascii_alphanumeric() || b == b'.') || matches!(b, b'v' | b'V'));
        let found = text.get(start..end)?.trim_end_matches(['-', '+', '_']);
        if apart && dots > 0 && found.len() <= 48 {
            return Some(found);
        }
        at = end.max(start + 1);
    }
    None
}

/// Ends of macros that hold a whole version, the more telling first.
const WHOLE: &[&str] = &[
    "_VERSION_ONLY_STRING",
    "_VERSION_STRING",
    "_VERSION_STR",
    "_VERSION_TEXT",
    "_LIBPNG_VER_STRING",
    "_VER_STRING",
    "_VER_STR",
    "_LIB_VERSION",
    "_RELEASE",
    "_VERSION",
];

/// Ends of macros that hold the first, second and third part of a version.
const PARTS: [&[&str]; 3] = [
    &["_VERSION_MAJOR", "_MAJOR_VERSION", "_VER_MAJOR", "_VERNUM_MAJOR", "_MAJOR"],
    &["_VERSION_MINOR", "_MINOR_VERSION", "_VER_MINOR", "_VERNUM_MINOR", "_MINOR"],
    &[
        "_VERSION_PATCH",
        "_VERSION_PATCHLEVEL",
        "_PATCH_VERSION",
        "_VER_PATCH",
        "_VERSION_MICRO",
        "_MICRO_VERSION",
        "_VERSION_REVISION",
        "_VER_REVISION",
        "_VERSION_RELEASE",
        "_VERSION_BUILD",
        "_VERSION_BUGFIX",
        "_VERSION_FIX",
        "_SUBMINOR_VERSION",
        "_VERNUM_PATCH",
        "_PATCHLEVEL",
        "_REVISION",
        "_MICRO",
        "_PATCH",
    ],
];

/// Words before the end of a macro whose version is not that of the work: of its interface, its binary form, or what it
/// reads and asks for.
const NOT_OF_THE_WORK: &[&str] = &[
    "ABI",
    "API",
    "COMPAT",
    "DICT",
    "FILE",
    "FORMAT",
    "INTERFACE",
    "LANG",
    "LANGUAGE",
    "MAX",
    "MAXIMUM",
    "MIN",
    "MINIMUM",
    "PROTOCOL",
    "REQUIRED",
    "SCHEMA",
    "SO",
    "SOVERSION",
    "SPEC",
    "STANDARD",
];

fn is_of_the_work(prefix: &str) -> bool {
    let last = prefix.trim_end_matches('_').rsplit('_').next().unwrap_or(prefix);
    !NOT_OF_THE_WORK.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// What macros of one prefix say.
#[derive(Default)]
struct Said {
    whole: Option<(usize, String, u32)>,
    parts: [Option<(usize, String, u32)>; 3],
}

/// Versions that macros state, by the prefix of the macros.
pub(super) fn macros(text: &str) -> Vec<(String, Stated)> {
    let mut all: BTreeMap<&str, Said> = BTreeMap::new();
    let mut packed = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let Some(rest) = line.trim_start().strip_prefix('#') else {
            packed |= line.contains("major * 10000 + minor * 100 + patch");
            continue;
        };
        let Some(rest) = rest.trim_start().strip_prefix("define") else { continue };
        let mut words = rest.trim_start().splitn(2, [' ', '\t']);
        let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
        if name.contains('(')
            || !(name.contains("VER")
                || name.contains("MAJ")
                || name.contains("_M")
                || name.contains("_P")
                || name.contains("_RE"))
        {
            continue;
        }
        let value = value.trim();
        if let Some((rank, prefix, part)) = part_of(name) {
            let digits = value.trim_start_matches('"').trim_start_matches('(');
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let (digits, rest) = (digits.get(..end).unwrap_or(""), digits.get(end..).unwrap_or(""));
            let plain =
                rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "\")uUlL/".contains(c));
            if !digits.is_empty() && digits.len() <= 6 && plain {
                keep(&mut all.entry(prefix).or_default().parts[part], (rank, digits.to_string(), number));
            }
        } else if let Some((rank, prefix)) = end_of(name, WHOLE) {
            let quoted = value.strip_prefix('"').and_then(|v| v.split('"').next());
            let version = match quoted {
                Some(text) => token(text).map(str::to_string),
                None if packed => unpacked(value),
                None => {
                    let word = value.split_whitespace().next().unwrap_or("");
                    let numbers =
                        word.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
                    (numbers && word.matches('.').count() > 1).then(|| word.to_string())
                }
            };
            if let Some(version) = version {
                keep(&mut all.entry(prefix).or_default().whole, (rank, version, number));
            }
        }
        packed = false;
    }
    all.into_iter()
        .filter(|(prefix, _)| is_of_the_work(prefix))
        .filter_map(|(prefix, said)| Some((prefix.to_string(), stated(said)?)))
        .collect()
}

fn keep(place: &mut Option<(usize, String, u32)>, new: (usize, String, u32)) {
    if place.as_ref().is_none_or(|old| new.0 < old.0) {
        *place = Some(new);
    }
}

fn stated(said: Said) -> Option<Stated> {
    let [major, minor, patch] = said.parts;
    let parts = major.zip(minor).map(|((_, major, line), (_, minor, _))| {
        let patch = patch.map(|(_, patch, _)| format!(".{patch}")).unwrap_or_default();
        Stated { version: format!("{major}.{minor}{patch}"), line }
    });
    let whole = said.whole.map(|(_, version, line)| Stated { version, line });
    match (whole, parts) {
        // A whole text may be cut short, such as `Lua 5.1` beside a release.
        (Some(whole), Some(parts))
            if parts.version.matches('.').count() > whole.version.matches('.').count() =>
        {
            Some(parts)
        }
        (Some(whole), _) => Some(whole),
        (None, parts) => parts,
    }
}

/// `110104` as its three parts.
fn unpacked(value: &str) -> Option<String> {
    let number: u32 = value.split_whitespace().next()?.parse().ok()?;
    (10_000..10_000_000)
        .contains(&number)
        .then(|| format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100))
}

fn part_of(name: &str) -> Option<(usize, &str, usize)> {
    PARTS
        .iter()
        .enumerate()
        .find_map(|(part, ends)| end_of(name, ends).map(|(rank, prefix)| (rank, prefix, part)))
}

fn end_of<'a>(name: &'a str, ends: &[&str]) -> Option<(usize, &'a str)> {
    let bare = |end: &str| name == end.trim_start_matches('_');
    ends.iter().enumerate().find_map(|(rank, end)| {
        let prefix = name.strip_suffix(end).or_else(|| bare(end).then_some(""))?;
        Some((rank, prefix.trim_end_matches('_')))
    })
}

/// Letters and digits of a name, in lower case and without `lib` before it.
pub(super) fn plain(name: &str) -> String {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.strip_prefix("lib") {
        Some(rest) if rest.len() > 1 => rest.to_string(),
        _ => plain,
    }
}

/// Whether two names may mean one work: the one holds the other.
pub(super) fn related(one: &str, other: &str) -> bool {
    let (one, other) = (plain(one), plain(other));
    let (short, long) = if one.len() < other.len() { (&one, &other) } else { (&other, &one) };
    short == long || (short.len() >= 3 && long.contains(short.as_str()))
}

/// The version in a comment at the head of a file that names the file: `x - v1.2`, `x v1.2`, `x: Version 1.2`.
pub(super) fn banner(head: &str, stem: &str) -> Option<Stated> {
    let wanted = plain(stem);
    if wanted.len() < 2 {
        return None;
    }
    let mut named = false;
    for (number, line) in (1u32..).zip(head.lines().take(30)) {
        let clean =
            line.trim_start().trim_start_matches(['/', '*', ' ', '\t', '#', '!', '|', '=', '-', '\\']);
        let version = |rest: &str| {
            let rest = rest.trim_start_matches([' ', '\t', '-', ':', ',', '–', '|', '_']);
            let lower = rest.to_ascii_lowercase();
            let word =
                ["version:", "version", "ver.", "release", "v"].iter().find(|w| lower.starts_with(**w))?;
            let value = rest.get(word.len()..)?.trim_start_matches([':', ' ', '\t', '.']);
            // Licenses have versions too.
            let found = token(value).filter(|found| value.starts_with(found) && !lower.contains("licen"))?;
            Some(Stated { version: found.to_string(), line: number })
        };
        // Marks of Doxygen stand before the words.
        let clean = clean.strip_prefix(['@', '\\']).unwrap_or(clean);
        let clean = clean.strip_prefix("file ").unwrap_or(clean).trim_start();
        // The first line of a file may call it by a title: `a decoder of x - v1.22 - public domain`.
        if number < 3
            && let Some(found) = clean
                .split(" - ")
                .skip(1)
                .find_map(|part| version(part.trim()).filter(|_| part.starts_with('v')))
        {
            return Some(found);
        }
        // `Version: 1.15` in a line of its own, once the file has named itself.
        if named && let Some(found) = version(clean) {
            return Some(found);
        }
        let mut words = clean.split_whitespace();
        let first = words.next().unwrap_or("");
        let name = first.trim_end_matches([':', ',']);
        let bare =
            name.rsplit_once('.').map_or(name, |(bare, ending)| if ending.len() <= 3 { bare } else { name });
        if plain(bare) == wanted || plain(name) == wanted {
            named = true;
            if let Some(found) = clean.get(first.len()..).and_then(version) {
                return Some(found);
            }
        }
    }
    None
}

/// The version in a file that holds hardly anything else.
pub(super) fn version_file(text: &str) -> Option<Stated> {
    let mut stated = any_version_file(text)?;
    // A release as git describes it has no commits behind its tag.
    if let Some((release, _)) = stated.version.split_once("-0-g") {
        stated.version = release.to_string();
    }
    Some(stated)
}

fn any_version_file(text: &str) -> Option<Stated> {
    let mut parts: [Option<&str>; 3] = [None; 3];
    for (number, line) in (1u32..).zip(text.lines().take(12)) {
        let line = line.trim();
        let pair = line.split_once('=').or_else(|| {
            line.split_once(": ").filter(|(key, _)| key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_'))
        });
        if let Some((key, value)) = pair {
            let key = key.to_ascii_lowercase();
            let value = value.trim().trim_matches(['"', '\'']);
            let digits = !value.is_empty() && value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit());
            let part = ["major", "minor", "patch"].iter().position(|p| key.contains(p));
            if let Some(part) = part.filter(|_| digits) {
                parts[part] = Some(value);
            } else if ["version", "revision", "tag", "release"].iter().any(|w| key.contains(w))
                && let Some(found) = token(value)
            {
                return Some(Stated { version: found.to_string(), line: number });
            }
            continue;
        }
        let bare = line.trim_start_matches(['v', 'V']);
        if line.len() <= 100
            && let Some(found) = token(bare).filter(|found| bare.starts_with(found))
        {
            return Some(Stated { version: found.to_string(), line: number });
        }
        if !line.is_empty() && !line.starts_with('#') {
            break;
        }
    }
    match parts {
        [Some(major), Some(minor), patch] => {
            let patch = patch.map(|p| format!(".{p}")).unwrap_or_default();
            Some(Stated { version: format!("{major}.{minor}{patch}"), line: 1 })
        }
        _ => None,
    }
}

fn line_at(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    u32::try_from(before.iter().filter(|b| **b == b'\n').count() + 1).unwrap_or(u32::MAX)
}

/// The version of `project(x VERSION 1.2)`, or of the variable that stands for it or for the work that is called so.
pub(super) fn cmake(text: &str, called: &str) -> Option<Stated> {
    let lower = text.to_ascii_lowercase();
    let call = |name: &str, from: usize| -> Option<(usize, usize)> {
        let mut at = from;
        while let Some(found) = lower.get(at..)?.find(name) {
            let start = at + found;
            let after = lower.get(start + name.len()..)?;
            let open = after.trim_start();
            let before = lower.as_bytes().get(..start)?.iter().rev().find(|b| !matches!(**b, b' ' | b'\t'));
            if open.starts_with('(') && before.is_none_or(|b| matches!(b, b'\n' | b'\r')) {
                let begin = lower.len() - open.len() + 1;
                let end = begin + lower.get(begin..)?.find(')')?;
                return Some((begin, end));
            }
            at = start + name.len();
        }
        None
    };
    let (begin, end) = call("project", 0)?;
    let words: Vec<&str> = text.get(begin..end)?.split_whitespace().collect();
    let name = words.first().copied().unwrap_or("");
    let value = words.iter().position(|w| *w == "VERSION").and_then(|at| words.get(at + 1)).copied();
    let literal = |value: &str| {
        let value = value.trim_matches('"');
        token(value).filter(|found| value == *found).map(str::to_string)
    };
    if let Some(version) = value.and_then(literal) {
        return Some(Stated { version, line: line_at(text, begin) });
    }
    let variable = value.and_then(|v| v.trim_matches('"').strip_prefix("${")?.strip_suffix('}'));
    let own = |name: &str| format!("{name}_VERSION");
    let usual = ["PROJECT_VERSION".to_string(), own(name), own(called), "VERSION".to_string()];
    let names: Vec<String> = variable.map(str::to_string).into_iter().chain(usual).collect();
    let mut from = 0;
    let mut best: Option<(usize, Stated)> = None;
    while let Some((begin, end)) = call("set", from) {
        let mut words = text.get(begin..end)?.split_whitespace();
        let (key, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let rank = names.iter().position(|n| n.eq_ignore_ascii_case(key));
        if let (Some(rank), Some(version)) = (rank, literal(value))
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, Stated { version, line: line_at(text, begin) }));
        }
        from = end;
    }
    best.map(|(_, stated)| stated)
}

/// The version of `AC_INIT([x], [1.2])` or of Meson's `project('x', version : '1.2')`.
pub(super) fn configure(text: &str) -> Option<Stated> {
    if let Some(at) = text.find("AC_INIT") {
        let rest = text.get(at..)?.strip_prefix("AC_INIT")?.trim_start().strip_prefix('(')?;
        let inside = rest.get(..rest.find("\n\n").unwrap_or(rest.len()))?;
        let value = inside.split(',').nth(1)?.trim().trim_matches(['[', ']', ')', '"', ' ']);
        let value = value.split([']', ')']).next()?.trim();
        let found = token(value).filter(|found| *found == value)?;
        return Some(Stated { version: found.to_string(), line: line_at(text, at) });
    }
    None
}

/// The version of Meson's `project('x', version : '1.2')`.
pub(super) fn meson(text: &str) -> Option<Stated> {
    let at = text.find("project(")?;
    let inside = text.get(at..)?;
    let inside = inside.get(..inside.find("\n)").or_else(|| inside.find(")\n")).unwrap_or(inside.len()))?;
    let key = inside.match_indices("version").find(|(at, _)| {
        let before = inside.get(..*at).unwrap_or("").trim_end();
        before.ends_with(',') || before.ends_with('(')
    })?;
    let value = inside.get(key.0 + key.1.len()..)?.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('\'')?.split('\'').next()?;
    let found = token(value).filter(|found| *found == value)?;
    Some(Stated { version: found.to_string(), line: line_at(text, at + key.0) })
}

/// The version of a line `version=1.2` or `Version: 1.2`, as files of pkg-config and Arduino have it.
pub(super) fn keyed(text: &str) -> Option<Stated> {
    (1u32..).zip(text.lines().take(60)).find_map(|(number, line)| {
        let (key, value) = line.split_once([':', '='])?;
        let value = value.trim();
        let found =
            token(value).filter(|found| key.trim().eq_ignore_ascii_case("version") && value == *found)?;
        Some(Stated { version: found.to_string(), line: number })
    })
}

/// The version that a script assigns: `__version__ = "1.2"`, `VERSION = '1.2'`, `const VERSION = '1.2';`, `version: "1.2"`.
/// What stands before the word has to be of the work that is called so.
pub(super) fn assigned(text: &str, called: &str) -> Option<Stated> {
    const PLAIN: &[&str] = &["", "const", "exports", "lib", "library", "module", "package", "self", "this"];
    for (number, line) in (1u32..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if trimmed.starts_with('#') || trimmed.starts_with("//") {
            continue;
        }
        // In a minified line only its beginning speaks of the whole.
        let end = line.char_indices().nth(4 << 10).map_or(line.len(), |(at, _)| at);
        let lower = line.get(..end).unwrap_or(line).to_ascii_lowercase();
        for (at, word) in lower.match_indices("version") {
            let before = lower.get(..at).unwrap_or("");
            let from = before
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$')))
                .map_or(0, |p| p + before.get(p..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8));
            let prefix = before.get(from..).unwrap_or("").trim_matches(['_', '.', '$']);
            let rest = lower.get(at + word.len()..).unwrap_or("");
            let rest = rest.trim_start_matches(['_', '\'', '"', ']', ' ', '\t']);
            let Some(rest) = rest.strip_prefix("=>").or_else(|| rest.strip_prefix(['=', ':', ','])) else {
                continue;
            };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let value = rest.get(1..).and_then(|r| r.split(quote).next()).unwrap_or("");
            let bare = value.strip_prefix('v').unwrap_or(value);
            let own = PLAIN.contains(&prefix) || (is_of_the_work(prefix) && related(prefix, called));
            if own && !bare.is_empty() && token(bare) == Some(bare) {
                return Some(Stated { version: bare.to_string(), line: number });
            }
        }
    }
    None
}

/// The newest version in the head of a log of changes: its first heading, unless that is of what is not released, or
/// the log begins with the oldest.
pub(super) fn changes(text: &str, name: &str) -> Option<Stated> {
    let mut first: Option<Stated> = None;
    for (number, line) in (1u32..).zip(text.lines()) {
        let clean = line.trim_start_matches(['#', '=', '*', '-', '[', ' ', '\t', '(']);
        // A heading is short; a sentence that begins with a number is none.
        if clean.is_empty() || clean.len() > 80 {
            continue;
        }
        let lower = clean.to_ascii_lowercase();
        let open = ["unreleased", "next", "head"].iter().any(|w| lower.starts_with(w));
        // A log of days has no versions; those in its sentences are of something else.
        let open = open || (lower.len() == 8 && lower.bytes().all(|b| b.is_ascii_digit()));
        if first.is_none() && (open || number > 40) {
            return None;
        }
        let Some(found) = heading(&lower, name) else { continue };
        match &first {
            None => first = Some(Stated { version: found.to_string(), line: number }),
            Some(newest) if numbers(found) > numbers(&newest.version) => return None,
            Some(newest) if numbers(found) < numbers(&newest.version) => break,
            Some(_) => {}
        }
    }
    first
}

/// The version that a heading in lower case begins with.
fn heading<'a>(lower: &'a str, name: &str) -> Option<&'a str> {
    let begins =
        |word: &str| lower.strip_prefix(word).map(|rest| rest.trim_start_matches([' ', '-', ':', '_', '/']));
    let own = name.to_ascii_lowercase();
    let words = ["changes in version", "changes in", "version", "release", "what's new in", own.as_str()];
    let rest = words.iter().filter(|w| !w.is_empty()).find_map(|w| begins(w)).unwrap_or(lower);
    let rest = rest.strip_prefix("version").unwrap_or(rest).trim_start().trim_start_matches('v');
    let between = [" to ", "from "].iter().any(|w| lower.contains(w));
    token(rest).filter(|found| rest.starts_with(found) && !between && !found.contains('_'))
}

/// The numbers of a version, for its order.
fn numbers(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let all = macros(text);
        all.iter()
            .map(|(prefix, s)| format!("{prefix} {}:{}", s.version, s.line))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn versions_of_macros() {
        assert_eq!(one("#define ZLIB_VERSION \"1.3.1\"\n#define ZLIB_VERNUM 0x1310\n"), "ZLIB 1.3.1:1");
        let parts =
            "# define A_B_VERSION_MAJOR 3 // x\n#define A_B_VERSION_MINOR 11\n#define A_B_VERSION_PATCH 3\n";
        assert_eq!(one(parts), "A_B 3.11.3:1");
        assert_eq!(one("#define HI_MAJOR 1\n#define HI_MINOR 2\n#define HI_PATCH 0\n"), "HI 1.2.0:1");
        assert_eq!(
            one("#define LUA_VERSION \"Lua 5.1\"\n#define LUA_RELEASE \"Lua 5.1.5\"\n"),
            "LUA 5.1.5:2"
        );
        assert_eq!(
            one("// version in the form major * 10000 + minor * 100 + patch.\n#define FMT_VERSION 110104\n"),
            "FMT 11.1.4:2"
        );
        assert_eq!(one("#define X_VERSION 5\n#define X_MAJOR(a) 1\n#define TLS1_VERSION 0x0301\n"), "");
        assert_eq!(
            one(
                "#define D_API_VERSION_MAJOR 7\n#define D_API_VERSION_MINOR 0\n#define L_LANGUAGE_VERSION \"3.5\"\n"
            ),
            ""
        );
        assert_eq!(
            one("#define EXP_MAJOR_VERSION 2\n#define EXP_MINOR_VERSION 6\n#define EXP_MICRO_VERSION 4\n"),
            "EXP 2.6.4:1"
        );
    }

    #[test]
    fn tokens() {
        assert_eq!(token("zlib v1.2.11 (x)"), Some("1.2.11"));
        assert_eq!(token("1.0.8, 13-Jul-2019"), Some("1.0.8"));
        assert_eq!(token("5.3.0-0-g54eaed1."), Some("5.3.0-0-g54eaed1"));
        assert_eq!(token("abc 12 x86.64"), None);
        assert_eq!(token("é1.2"), Some("1.2"));
    }

    #[test]
    fn banners() {
        let version = |head: &str, stem: &str| banner(head, stem).map(|s| s.version);
        assert_eq!(
            version("/* stb_image - v2.30 - public domain image loader\n", "stb_image").as_deref(),
            Some("2.30")
        );
        assert_eq!(
            version("/**\n * thing - a parser 2.0 of x.\n *\n * Version: 1.15\n", "thing").as_deref(),
            Some("1.15")
        );
        assert_eq!(
            version("/* FLAC decoder.\ndr_flac - v0.13.4 - TBD\n", "dr_flac").as_deref(),
            Some("0.13.4")
        );
        assert_eq!(version("/*! @file Thing.h\n\n  @version 3.4\n", "Thing").as_deref(), Some("3.4"));
        assert_eq!(version("// other v1.0\n", "thing"), None);
        assert_eq!(version("// a decoder - v1.22 - public domain\n", "thing").as_deref(), Some("1.22"));
        assert_eq!(version("// thing is free\n// version 2.1 of the License\n", "thing"), None);
    }

    #[test]
    fn versions_that_scripts_assign() {
        let of = |text: &str| assigned(text, "some-lib").map(|s| format!("{}:{}", s.version, s.line));
        assert_eq!(of("import x\n__version__ = version = '2.7.0'\n").as_deref(), Some("2.7.0:2"));
        assert_eq!(of("  const VERSION = '6.1.4';\n").as_deref(), Some("6.1.4:1"));
        assert_eq!(of("  public $Version = \"5.1\";\n").as_deref(), Some("5.1:1"));
        assert_eq!(of("!function(){var a={version:\"3.4.6\"}}\n").as_deref(), Some("3.4.6:1"));
        assert_eq!(of("define('SOMELIB_VERSION', '1.0.2');\n").as_deref(), Some("1.0.2:1"));
        assert_eq!(of("PYTHON_VERSION = '3.8'\nmin_version = '1.0'\n# version = '1.0'\n"), None);
        assert_eq!(of("version = get('1.0')\nversion = 'x'\né version = \"\n"), None);
    }

    #[test]
    fn files_of_build_systems() {
        let of = |s: Option<Stated>| s.map(|s| format!("{}:{}", s.version, s.line)).unwrap_or_default();
        assert_eq!(
            of(cmake("cmake_minimum_required(VERSION 3.5)\nproject(x VERSION 1.2.3 LANGUAGES C)\n", "x")),
            "1.2.3:2"
        );
        assert_eq!(of(cmake("set(VERSION \"1.3.1\")\nproject(zlib C)\n", "x")), "1.3.1:1");
        assert_eq!(of(cmake("project(x VERSION ${V})\nset(V 9.1)\n", "x")), "9.1:2");
        assert_eq!(of(cmake("project(x)\n", "x")), "");
        assert_eq!(of(configure("dnl x\nAC_INIT([foo], [2.4.1], [a@b.example])\n")), "2.4.1:2");
        assert_eq!(of(configure("AC_INIT([foo],[m4_esyscmd([x])])\n")), "");
        assert_eq!(
            of(meson("project('x', 'c',\n  meson_version : '>= 0.50',\n  version : '1.4',\n)\n")),
            "1.4:3"
        );
        assert_eq!(of(version_file("5.3.0-0-gabc\n")), "5.3.0:1");
        assert_eq!(of(version_file("MAJOR=1\nMINOR=21\nPATCH=3\n")), "1.21.3:1");
        assert_eq!(of(version_file("this is no version 1.2\n")), "");
        assert_eq!(of(keyed("name=x\nversion=1.0.4\n")), "1.0.4:2");
        assert_eq!(of(changes("# Changelog\n\n## [1.2.0] - 2023-01-01\n", "x")), "1.2.0:3");
        assert_eq!(of(changes("# Log\n## Unreleased\n## 1.2.0\n", "x")), "");
        assert_eq!(of(changes("# 20171227\n* Version 1.3 of x\n", "x")), "");
        assert_eq!(of(changes("Changes from 5.0 to 5.1\n", "x")), "");
        assert_eq!(of(changes("0.9.0\n~~~~~\nFirst.\n\n0.9.5\n~~~~~\n", "x")), "");
        assert_eq!(of(changes("x 2.0.1 (may)\n - 1.5 times faster\nx 1.9\n", "x")), "2.0.1:1");
    }
}
