//! Numbers and letters with which parts of a text begin.

/// How a mark is written: marks of one list are written alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `Section 1`, `SECTION II`.
    Section,
    /// `Attachment A`, `Exhibit B`, `附件`.
    Annex,
    /// `1.`, `a.`, `1.1`; how many parts it has, and whether these are letters.
    Dot(usize, Letters),
    /// `1)`, `a)`.
    Half(Letters),
    /// `(1)`, `(a)`.
    Paren(Letters),
    /// `一、`.
    Sign,
    /// A dash or a dot without a number.
    Bullet,
}

/// What a mark is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Digits,
    Lower,
    Upper,
}

/// A mark in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) style: Style,
    /// Its parts, in lower case: `2.1` has two.
    pub(super) parts: Vec<String>,
    /// The word that it begins with.
    pub(super) word: usize,
}

/// A mark in a line.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) style: Style,
    pub(super) parts: Vec<String>,
    /// Bytes of the line in front of it.
    pub(super) offset: usize,
    /// Whether nothing stands in front of it.
    pub(super) begins: bool,
}

/// Words in front of the number of a part, with whether it is one at the end of a text.
const NAMES: &[(&str, Style)] = &[
    ("section", Style::Section),
    ("article", Style::Section),
    ("attachment", Style::Annex),
    ("exhibit", Style::Annex),
    ("appendix", Style::Annex),
    ("annex", Style::Annex),
    ("schedule", Style::Annex),
];

/// Characters of the longest label, with what stands around it.
const LABEL: usize = 20;

/// The signs of Chinese numbers in order.
const SIGNS: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/// A line without its indentation and the sign of a quotation.
pub(super) fn bare(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_whitespace() || c == '>')
}

/// The marks of a line, in order.
pub(super) fn heads(line: &str) -> Vec<Head> {
    let mut heads = Vec::new();
    let mut at = line.len() - bare(line).len();
    // Headings and stress of Markdown.
    let plain = |at: usize| line.get(at..).unwrap_or_default();
    let decorated = plain(at).trim_start_matches(['#', '*', '_']);
    let undecorated = plain(at).len() - decorated.len();
    if undecorated > 1 || plain(at).starts_with('#') {
        at += undecorated;
        at += plain(at).len() - plain(at).trim_start().len();
    } else if let Some(rest) = plain(at).strip_prefix(['-', '*', '•', '·', '●', '▪', '◦'])
        && rest.starts_with(char::is_whitespace)
    {
        heads.push(Head { style: Style::Bullet, parts: Vec::new(), offset: at, begins: true });
        at = line.len() - rest.trim_start().len();
    }
    if let Some((style, parts)) = mark(plain(at), true) {
        if heads.is_empty() {
            heads.push(Head { style, parts, offset: at, begins: true });
        } else {
            heads[0].style = style;
            heads[0].parts = parts;
        }
    }
    let begin = at;
    let mut before = [' ', ' '];
    for (at, c) in line.char_indices() {
        // Not the second part of `2.3`.
        let apart = before[1].is_whitespace() || (is_stop(before[1]) && before[1] != '.');
        let starts = at > begin && apart && !c.is_whitespace();
        // In a running line a mark has to stand in parentheses, or behind the end of a sentence.
        let may = starts && (matches!(c, '(' | '（') || is_stop(before[0]) || is_stop(before[1]));
        if may && let Some((style, parts)) = mark(plain(at), false) {
            heads.push(Head { style, parts, offset: at, begins: false });
        }
        before = [before[1], c];
    }
    heads
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | ';' | ':' | ',' | '。' | '；' | '：')
}

/// A mark at the start of a text.
fn mark(text: &str, begins: bool) -> Option<(Style, Vec<String>)> {
    let first = text.chars().next()?;
    if begins
        && first.is_ascii_alphabetic()
        && let Some(found) = named(text)
    {
        return Some(found);
    }
    if begins && text.starts_with("附") && text.chars().count() < 40 {
        return Some((Style::Annex, vec!["附".to_string()]));
    }
    if matches!(first, '(' | '（') {
        let inner = text.get(first.len_utf8()..)?;
        let end = inner.char_indices().take(LABEL).find(|(_, c)| matches!(c, ')' | '）'))?.0;
        let label = inner.get(..end)?.trim();
        let letters = letters(label)?;
        return Some((Style::Paren(letters), vec![label.to_lowercase()]));
    }
    if SIGNS.contains(&first) || first == '第' {
        let label: String =
            text.trim_start_matches('第').chars().take(LABEL).take_while(|c| SIGNS.contains(c)).collect();
        let rest = text.trim_start_matches('第').get(label.len()..)?;
        let ends = rest.starts_with(['、', '.', '．', ' ', '条', '章', '，']);
        return (ends && !label.is_empty()).then(|| (Style::Sign, vec![label]));
    }
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    // `1.2.a` and the like.
    let head = text.char_indices().nth(LABEL).map_or(text, |(i, _)| text.get(..i).unwrap_or(text));
    let label =
        head.get(..head.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(head.len()))?;
    let trimmed = label.trim_end_matches('.');
    let parts: Vec<&str> = trimmed.split('.').collect();
    let letters = letters(parts.first()?)?;
    if parts.len() > 5 || !parts.iter().all(|p| self::letters(p).is_some()) {
        return None;
    }
    if parts.len() > 1 && letters != Letters::Digits {
        return None;
    }
    let rest = text.get(label.len()..).unwrap_or_default();
    // Markdown puts a stroke in front of the dot, lest it makes a list.
    let rest = rest.strip_prefix('\\').unwrap_or(rest);
    let dotted = label.ends_with('.') || rest.starts_with(['.', '．']);
    let rest = rest.trim_start_matches(['.', '．']);
    let owned = || parts.iter().map(|p| p.to_lowercase()).collect::<Vec<_>>();
    if rest.starts_with([')', '）', '、']) {
        let style = if parts.len() == 1 { Style::Half(letters) } else { Style::Dot(parts.len(), letters) };
        return Some((style, owned()));
    }
    let opens = rest.is_empty()
        || rest.starts_with(|c: char| c.is_whitespace() || "*_“\"（(".contains(c) || super::is_sign(c));
    if !opens {
        return None;
    }
    let capital = rest.trim_start_matches(|c: char| c.is_whitespace() || "*_“\"".contains(c));
    let capital = capital.starts_with(|c: char| c.is_uppercase() || super::is_sign(c) || c == '(');
    let good = match (dotted, begins) {
        (true, true) => true,
        (true, false) => capital && (letters != Letters::Upper),
        // A figure without a dot, in front of a heading.
        (false, true) => letters == Letters::Digits && (parts.len() > 1 || capital) && label.len() < 8,
        (false, false) => parts.len() > 1 && capital,
    };
    good.then(|| (Style::Dot(parts.len(), letters), owned()))
}

/// `Section 3`, `Attachment A`.
fn named(text: &str) -> Option<(Style, Vec<String>)> {
    let word = text.get(..text.find(|c: char| !c.is_ascii_alphabetic())?)?;
    let (name, style) = NAMES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name))?;
    let rest = text.get(word.len()..)?.trim_start();
    let label = rest.get(..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len()))?;
    letters(label)?;
    let behind = rest.get(label.len()..)?.trim_start();
    // In a sentence that only speaks of the part, words go on.
    let speaks = behind.starts_with(|c: char| c.is_lowercase() || c == ',' || c == ')');
    let label = label.to_lowercase();
    let parts = if *style == Style::Annex { vec![(*name).to_string(), label] } else { vec![label] };
    (!speaks).then_some((*style, parts))
}

/// What a label is made of: a short number, one letter, or a Roman number.
fn letters(label: &str) -> Option<Letters> {
    let roman = |set: &str| label.len() <= 6 && label.chars().all(|c| set.contains(c));
    if label.is_empty() || label.len() > 6 {
        None
    } else if label.len() <= 2 && label.bytes().all(|b| b.is_ascii_digit()) {
        Some(Letters::Digits)
    } else if (label.len() == 1 && label.bytes().all(|b| b.is_ascii_lowercase())) || roman("ivx") {
        Some(Letters::Lower)
    } else if (label.len() == 1 && label.bytes().all(|b| b.is_ascii_uppercase())) || roman("IVX") {
        Some(Letters::Upper)
    } else {
        let signs = label.chars().all(|c| SIGNS.contains(&c));
        signs.then_some(Letters::Upper)
    }
}

/// Roman numbers, as far as lists go.
const ROMAN: [&str; 20] = [
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi",
    "xvii", "xviii", "xix", "xx",
];

/// What a label may count, from 1: `i` is the first of Roman numbers and the ninth letter.
pub(super) fn counts(label: &str) -> Vec<usize> {
    let mut all = Vec::new();
    all.extend(label.parse::<usize>().ok());
    all.extend(ROMAN.iter().position(|r| *r == label).map(|i| i + 1));
    if let [letter @ b'a'..=b'z'] = label.as_bytes() {
        all.push(usize::from(letter - b'a') + 1);
    }
    let mut signs = label.chars();
    if let (Some(sign), None) = (signs.next(), signs.next()) {
        all.extend(SIGNS.iter().position(|s| *s == sign).map(|i| i + 1));
    }
    all
}

/// Whether one label comes right behind another in a list.
pub(super) fn follows(label: &str, next: &str) -> bool {
    counts(label).iter().any(|n| counts(next).contains(&(n + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Vec<String> {
        heads(line)
            .iter()
            .map(|h| format!("{}{}", h.parts.join("."), if h.begins { "" } else { "~" }))
            .collect()
    }

    #[test]
    fn marks_are_told_from_words() {
        assert_eq!(parts("  iii. You must"), ["iii"]);
        assert_eq!(parts("## 2.1 Grant"), ["2.1"]);
        assert_eq!(parts("2.3.\tUse Policy. Of it"), ["2.3"]);
        assert_eq!(parts("1\\. **License Rights**"), ["1"]);
        assert_eq!(parts("Section III: CONDITIONS"), ["iii"]);
        assert_eq!(parts("Attachment A"), ["attachment.a"]);
        assert_eq!(parts("- (b) of it"), ["b"]);
        assert_eq!(parts("二、许可"), ["二"]);
        assert_eq!(parts("You may (i) use; (ii) copy. b. Then"), ["i~", "ii~", "b~"]);
        assert_eq!(parts("2 Grant of license"), ["2"]);
        for text in ["700 million users", "a model", "Section 3 of this", "I agree", "", "é", "(", "（一"]
        {
            assert!(parts(text).is_empty(), "{text}: {:?}", parts(text));
        }
    }

    #[test]
    fn lists_go_on() {
        assert!(follows("i", "ii") && follows("h", "i") && follows("9", "10") && follows("一", "二"));
        assert!(!follows("a", "c") && !follows("", "a"));
    }
}
