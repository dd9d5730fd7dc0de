//! From the number of a clause to the part of a text that has it.

use super::marks::{Mark, Style, counts, follows};
use super::{Page, Span};

/// A part of the text that a number may mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) span: Span,
    /// Whether it is a list that a clause speaks of as a whole.
    pub(super) list: bool,
    /// How much it speaks for what stands there.
    pub(super) weight: f32,
}

/// What a whole number of a clause weighs when it is found.
pub(super) const WHOLE: f32 = 0.8;

/// Places that are looked at; hostile texts repeat their marks.
const MOST: usize = 200;

/// Words of a heading.
pub(super) const HEADING: usize = 8;

/// Which of several a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nth {
    /// Counted from 1.
    Of(usize),
    Last,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Paragraph,
    Item,
}

/// One part of a reference: the labels on the way, from the outside, and what is counted there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Way {
    labels: Vec<String>,
    nth: Option<(What, Option<Nth>)>,
    /// Words of a heading, where the part has no number.
    title: Option<String>,
}

/// The phrases of a reference in quotes or parentheses: headings and defined terms.
pub(super) fn quoted(reference: &str) -> Vec<String> {
    let mut all: Vec<String> =
        reference.split(['"', '“', '”']).skip(1).step_by(2).map(str::to_string).collect();
    let inner = reference.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    let words = |text: &&str| text.chars().count() > 3 || text.chars().any(super::is_sign);
    all.extend(inner.filter(words).filter(|t| *t != "Chinese text").map(str::to_string));
    all.retain(|text| !text.trim().is_empty());
    all
}

/// Where the parts of a reference may be.
pub(super) fn places(page: &Page, reference: &str) -> Vec<Place> {
    let mut all = Vec::new();
    let whole = Span { start: 0, end: page.words.len() };
    for way in ways(reference) {
        let mut found = Vec::new();
        if let Some(title) = &way.title {
            titled(page, title, &mut found);
        }
        if !way.labels.is_empty() {
            descend(page, whole, &way.labels, way.labels.len(), &mut found);
        } else if way.title.is_none() {
            found.push(Place { span: whole, list: false, weight: 0.0 });
        }
        if let Some((what, nth)) = way.nth {
            // One item is meant, and not the list.
            found.iter_mut().for_each(|p| p.list = false);
            let inner: Vec<Place> = found.iter().filter_map(|p| counted(page, *p, what, nth)).collect();
            found.extend(inner);
        }
        all.extend(found);
        all.truncate(MOST);
    }
    all
}

/// The parts of a reference.
fn ways(reference: &str) -> Vec<Way> {
    // What stands in parentheses as words is a heading, and no number.
    let mut plain = String::new();
    let mut rest = reference;
    while let Some(open) = rest.find('(') {
        let close = rest.get(open..).and_then(|r| r.find(')')).map_or(rest.len(), |c| open + c + 1);
        let inner = rest.get(open + 1..close.saturating_sub(1)).unwrap_or_default();
        plain.push_str(rest.get(..open).unwrap_or_default());
        if inner.len() <= 4 && inner.chars().all(|c| c.is_ascii_alphanumeric()) {
            plain.push('(');
            plain.push_str(inner);
            plain.push(')');
        }
        rest = rest.get(close..).unwrap_or_default();
    }
    plain.push_str(rest);
    let mut all: Vec<Way> = Vec::new();
    let joined = plain.replace(" with ", ", ").replace(" and ", ", ").replace(" to ", ", ").replace(';', ",");
    for part in joined.split(',').map(str::trim).filter(|p| !p.is_empty() && !p.starts_with('"')) {
        let lower = part.to_lowercase();
        if lower.starts_with("items ") {
            continue;
        }
        if let Some(nth) = nth(&lower) {
            match all.last_mut() {
                Some(last) if last.nth.is_none() => last.nth = Some(nth),
                _ => all.push(Way { nth: Some(nth), ..Way::default() }),
            }
            continue;
        }
        // Of a run of items the list is meant.
        let lower = match lower.find(")-(").filter(|_| lower.starts_with("attachment")) {
            Some(at) => lower.get(..at).and_then(|l| l.split('(').next()).unwrap_or_default().to_string(),
            None if lower.contains(")-(") => continue,
            None => lower,
        };
        let mut words = lower.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let annex = matches!(first, "attachment" | "exhibit" | "appendix" | "annex" | "schedule");
        let labels = if annex {
            let mut labels = self::labels(second);
            if labels.is_empty() {
                continue;
            }
            labels[0] = format!("{first} {}", labels[0]);
            labels
        } else {
            labels(first)
        };
        if labels.is_empty() {
            all.push(Way { title: Some(part.to_string()), ..Way::default() });
            continue;
        }
        all.push(Way { labels, ..Way::default() });
    }
    all
}

/// `1.b.iv`, `4(a)(i)`, `III`, `A.12`, `二.3` in parts; none where it is no number.
fn labels(text: &str) -> Vec<String> {
    let parts: Vec<String> = text
        .split(['.', '(', ')', '-'])
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(str::to_lowercase)
        .collect();
    let short = |p: &String| !counts(p).is_empty();
    let number = parts.first().is_some_and(short);
    if number && parts.iter().all(short) { parts } else { Vec::new() }
}

/// `second paragraph`, `tenth item`, `item 3`, `last sentence`, `opening`.
fn nth(text: &str) -> Option<(What, Option<Nth>)> {
    const ORDINALS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        "eleventh", "twelfth",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let of = |word: &str| ORDINALS.iter().position(|o| *o == word).map(|i| Nth::Of(i + 1));
    match words.as_slice() {
        ["opening" | "head" | "preface"] | ["introductory", ..] => Some((What::Paragraph, Some(Nth::Of(1)))),
        ["item", number, ..] => {
            number.parse::<usize>().ok().map(|number| (What::Item, Some(Nth::Of(number))))
        }
        ["last" | "closing", what, ..] => {
            let item = matches!(*what, "item" | "point");
            Some((if item { What::Item } else { What::Paragraph }, Some(Nth::Last)))
        }
        [ordinal, what, ..] => {
            let nth = of(ordinal)?;
            let item = matches!(*what, "item" | "point" | "condition" | "rule");
            Some((if item { What::Item } else { What::Paragraph }, Some(nth)))
        }
        _ => None,
    }
}

/// Follows labels into the text; what of them is found counts.
fn descend(page: &Page, within: Span, labels: &[String], whole: usize, found: &mut Vec<Place>) {
    if found.len() >= MOST {
        return;
    }
    let mut any = false;
    for take in (1..=labels.len()).rev() {
        let (head, rest) = labels.split_at(take);
        let marks = page.marks.iter().enumerate();
        let fits = |m: &Mark| within.start <= m.word && m.word < within.end && is(&m.parts, head);
        // Below a part, the first mark of that label is meant, and others may be those of lists in it.
        let first = labels.len() < whole;
        for (nth, (index, _)) in marks.filter(|(_, m)| fits(m)).take(12).enumerate() {
            any = true;
            let span = Span { start: page.marks[index].word, end: end(page, index).min(within.end) };
            let less = if first && nth > 0 { 0.15 } else { 0.0 };
            let weight = WHOLE * (whole - rest.len()) as f32 / whole as f32 - less;
            found.push(Place { span, list: rest.is_empty() && is_list(page, index, span), weight });
            if !rest.is_empty() && span.start < span.end {
                // A list begins behind the mark of its part.
                let inner = Span { start: span.start + 1, end: span.end };
                descend(page, inner, rest, whole, found);
            }
        }
        if any && take > 1 {
            break;
        }
    }
    // Lists lose their numbers where a text is copied: then the order counts.
    if !any && labels.len() < whole {
        let nth = labels.first().and_then(|l| counts(l).first().copied()).map(Nth::Of);
        let base =
            Place { span: within, list: false, weight: WHOLE * (whole - labels.len()) as f32 / whole as f32 };
        found.extend(counted(page, base, What::Item, nth));
    }
}

/// Whether the parts of a mark are labels of a reference.
fn is(parts: &[String], labels: &[String]) -> bool {
    match (parts, labels) {
        ([name, label], [wanted]) if wanted.contains(' ') => {
            wanted.split_once(' ').is_some_and(|(n, l)| n == name && l == label)
        }
        _ => parts == labels,
    }
}

/// The word with which a part ends: where the next of its list begins, or one of a list around it.
fn end(page: &Page, index: usize) -> usize {
    let mark = &page.marks[index];
    let outer = mark.parts.len().saturating_sub(1);
    // Lists in lists may be marked alike: the last marks of those that are open, the outermost first.
    let mut open = vec![mark];
    for m in page.marks.iter().skip(index + 1) {
        // `2.2` ends with `3`, and everything with an annex.
        let shorter = matches!((mark.style, m.style), (Style::Dot(n, _), Style::Dot(o, _)) if o < n);
        let above = shorter && mark.parts.first().zip(m.parts.first()).is_some_and(|(a, b)| follows(a, b));
        let annex = m.style == Style::Annex && mark.style != Style::Annex;
        let section = m.style == Style::Section && matches!(mark.style, Style::Dot(2.., _));
        if above || annex || section {
            return m.word;
        }
        if m.style != mark.style || m.parts.get(..outer) != mark.parts.get(..outer) {
            continue;
        }
        let goes_on =
            |from: &&Mark| from.parts.last().zip(m.parts.last()).is_some_and(|(a, b)| follows(a, b));
        match open.iter().rposition(goes_on) {
            Some(0) => return m.word,
            Some(depth) => {
                open.truncate(depth);
                open.push(m);
            }
            None if open.len() < 8 && m.parts.last().is_some_and(|l| counts(l).contains(&1)) => open.push(m),
            None => {}
        }
    }
    page.words.len()
}

/// Whether a part is an annex, or a short list: then no single item of it is the clause.
fn is_list(page: &Page, index: usize, span: Span) -> bool {
    let line = |at: usize| page.words.get(at).map_or(0, |w| w.1);
    let style = page.marks[index].style;
    let inside = |m: &&Mark| span.start < m.word && m.word < span.end;
    let mut items = page.marks.iter().skip(index + 1).filter(inside).peekable();
    // A list begins with its first item; what goes on with another one is the list around.
    let first =
        |m: &&Mark| m.style == Style::Bullet || m.parts.last().is_some_and(|l| counts(l).contains(&1));
    let begins = items.peek().is_some_and(first);
    let short = line(span.end.saturating_sub(1)).saturating_sub(line(span.start)) < 12;
    style == Style::Annex || (begins && items.count() > 1 && short)
}

/// Parts whose heading begins with these words.
fn titled(page: &Page, title: &str, found: &mut Vec<Place>) {
    let Some(wanted) = page.sequence(title) else { return };
    let begins = |block: &Span| {
        let words = page.words.get(block.start..block.end).unwrap_or_default();
        words
            .iter()
            .take(wanted.len() + 2)
            .map(|w| w.0)
            .collect::<Vec<_>>()
            .windows(wanted.len())
            .any(|w| w == wanted)
    };
    for (index, block) in page.blocks.iter().enumerate().filter(|(_, b)| begins(b)).take(8) {
        let short = |b: &Span| b.end - b.start <= HEADING;
        let headed = page.blocks.iter().skip(index + 2).find(|b| short(b));
        let end = headed.map_or(page.words.len(), |b| b.start);
        found.push(Place { span: Span { start: block.start, end }, list: false, weight: WHOLE * 0.7 });
    }
}

/// The nth paragraph or item of a part.
fn counted(page: &Page, of: Place, what: What, nth: Option<Nth>) -> Option<Place> {
    let blocks: Vec<(usize, Span)> =
        page.blocks.iter().copied().enumerate().filter(|(_, b)| of.span.holds(*b)).collect();
    // Marks are in the order of the text.
    let marked = |span: &Span| page.marks.binary_search_by_key(&span.start, |m| m.word).is_ok();
    let heading = blocks.first().is_some_and(|(_, b)| b.end - b.start <= HEADING);
    let list: Vec<Span> = match what {
        What::Paragraph => blocks.iter().skip(usize::from(heading)).map(|(_, b)| *b).collect(),
        What::Item => {
            let items: Vec<Span> = blocks.iter().skip(1).map(|(_, b)| *b).filter(marked).collect();
            if items.is_empty() { blocks.iter().skip(1).map(|(_, b)| *b).collect() } else { items }
        }
    };
    let span = match nth? {
        Nth::Of(n) => list.get(n.checked_sub(1)?),
        Nth::Last => list.last(),
    };
    span.map(|span| Place { span: *span, list: false, weight: of.weight + 0.25 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_ways() {
        let labels =
            |reference: &str| -> Vec<String> { ways(reference).iter().map(|w| w.labels.join(".")).collect() };
        assert_eq!(labels("1.b.iv with Attachment A, items 1-9"), ["1.b.iv", "attachment a"]);
        assert_eq!(labels("4(a)(i) with 1(c)(ii)"), ["4.a.i", "1.c.ii"]);
        assert_eq!(labels("5, Attachment A(e)"), ["5", "attachment a.e"]);
        assert_eq!(labels("II and III"), ["ii", "iii"]);
        assert_eq!(labels("二.2 with 附则"), ["二.2", ""]);
        assert_eq!(labels("2, item 3 (无新增限制)"), ["2"]);
        assert_eq!(ways("No Harm, first paragraph")[0].title.as_deref(), Some("No Harm"));
        assert_eq!(quoted("V, \"Derivative Work(s)\""), ["Derivative Work(s)"]);
        assert_eq!(quoted("2, item 3 (无新增限制)"), ["无新增限制"]);
        assert_eq!(nth("last sentence"), Some((What::Paragraph, Some(Nth::Last))));
    }
}
