//! EDN, the notation of Clojure's data, as build files use it.

/// One form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// Where it begins, counted from 1.
    pub line: u32,
}

/// What a form is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'t> {
    /// A text without its quotes.
    Text(&'t str),
    /// A symbol, a number or a keyword with its colon.
    Word(&'t str),
    /// `( … )` and `[ … ]`.
    List(Vec<Form<'t>>),
    /// `{ … }`: keys and values in turn.
    Map(Vec<Form<'t>>),
}

/// Brackets in each other; build files need ten.
const DEEPEST: usize = 64;

impl<'t> Form<'t> {
    /// The forms in it.
    pub fn items(&self) -> &[Form<'t>] {
        match &self.kind {
            Kind::List(items) | Kind::Map(items) => items,
            _ => &[],
        }
    }

    /// A symbol or a keyword.
    pub fn word(&self) -> Option<&'t str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self) -> Option<&'t str> {
        match self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Keys and values of a map, or of what follows the head of a list.
    pub fn pairs(&self) -> impl Iterator<Item = (&Form<'t>, &Form<'t>)> {
        self.items().chunks_exact(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?)))
    }

    /// The value of a keyword.
    pub fn get(&self, key: &str) -> Option<&Form<'t>> {
        self.pairs().find(|(k, _)| k.word() == Some(key)).map(|(_, value)| value)
    }
}

/// Reads all forms of a file; true where a bracket is not closed or too many are open.
pub fn read(text: &str) -> (Vec<Form<'_>>, bool) {
    let bytes = text.as_bytes();
    let mut open: Vec<(u8, u32, Vec<Form<'_>>)> = vec![(0, 1, Vec::new())];
    let (mut at, mut line, mut broken) = (0, 1u32, false);
    // How many of the next forms `#_` leaves out, by depth.
    let mut skipped: Vec<usize> = vec![0];
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        match byte {
            b'\n' => {
                line += 1;
                at += 1;
            }
            b if b.is_ascii_whitespace() || matches!(b, b',' | b'\'' | b'`' | b'~' | b'@' | b'^') => at += 1,
            b';' => at += rest.iter().take_while(|b| **b != b'\n').count(),
            b'#' => {
                // A comment of one form; of other forms with `#` only what they hold counts.
                if bytes.get(at + 1) == Some(&b'_') {
                    if let Some(last) = skipped.last_mut() {
                        *last += 1;
                    }
                    at += 1;
                }
                at += 1;
            }
            b'(' | b'[' | b'{' => {
                if open.len() > DEEPEST {
                    return (finish(open), true);
                }
                open.push((byte, line, Vec::new()));
                skipped.push(0);
                at += 1;
            }
            b')' | b']' | b'}' => {
                at += 1;
                if open.len() < 2 {
                    broken = true;
                    continue;
                }
                skipped.pop();
                if let Some((sign, begins, items)) = open.pop() {
                    let kind = if sign == b'{' { Kind::Map(items) } else { Kind::List(items) };
                    push(&mut open, &mut skipped, Form { kind, line: begins });
                }
            }
            b'"' => {
                let begins = line;
                let from = at + 1;
                at = from;
                while let Some(&b) = bytes.get(at) {
                    match b {
                        b'"' => break,
                        b'\\' => at += 1,
                        b'\n' => line += 1,
                        _ => {}
                    }
                    at += 1;
                }
                if at >= bytes.len() {
                    return (finish(open), true);
                }
                let form = Form { kind: Kind::Text(text.get(from..at).unwrap_or("")), line: begins };
                push(&mut open, &mut skipped, form);
                at += 1;
            }
            b'\\' => at += 2,
            _ => {
                let is_word = |b: &&u8| !(b.is_ascii_whitespace() || b",;()[]{}\"".contains(b));
                let length = rest.iter().take_while(is_word).count().max(1);
                let word = text.get(at..at + length).unwrap_or("");
                push(&mut open, &mut skipped, Form { kind: Kind::Word(word), line });
                at += length;
            }
        }
    }
    broken |= open.len() > 1;
    (finish(open), broken)
}

fn push<'t>(open: &mut [(u8, u32, Vec<Form<'t>>)], skipped: &mut [usize], form: Form<'t>) {
    if let Some(count) = skipped.last_mut().filter(|count| **count > 0) {
        *count -= 1;
        return;
    }
    if let Some((.., items)) = open.last_mut() {
        items.push(form);
    }
}

/// Closes what is still open, so that what stands before an error is kept.
fn finish(mut open: Vec<(u8, u32, Vec<Form<'_>>)>) -> Vec<Form<'_>> {
    while open.len() > 1 {
        if let Some((sign, line, items)) = open.pop() {
            let kind = if sign == b'{' { Kind::Map(items) } else { Kind::List(items) };
            if let Some((.., outer)) = open.last_mut() {
                outer.push(Form { kind, line });
            }
        }
    }
    open.pop().map(|(.., items)| items).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_comments_and_ends() {
        let (forms, broken) = read("; c\n{:a {b/c {:v \"1\"}} #_ {:x 1} :d [1, \"t\" #_(y)]}");
        assert!(!broken);
        let map = &forms[0];
        assert_eq!(map.line, 2);
        let entry = map.get(":a").and_then(|a| a.get("b/c")).and_then(|e| e.get(":v"));
        assert_eq!(entry.and_then(Form::text), Some("1"));
        assert_eq!(map.get(":d").map(|d| d.items().len()), Some(2));
        assert!(read("(a [b").1);
        assert!(read(&"(".repeat(100_000)).1);
        assert!(read("\"open").1);
    }
}
