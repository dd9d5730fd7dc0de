//! YAML as a run of keys with their paths, for files of which a few keys matter and which hold scripts and templates.
//!
//! One pass over the lines. Texts over several lines are passed over, flow mappings are split at their commas, and what is
//! not understood is left out without a word: these files are made for other readers, and their form is not ours to judge.

/// How deep keys may be nested.
const DEEPEST: usize = 48;

/// A key with its value, or an item of a list without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a, 'p> {
    /// Keys around it, from the top; items of lists without a key have none.
    pub path: &'p [&'a str],
    /// Empty for an item of a list that is a scalar.
    pub key: &'a str,
    /// Without quotes and comment; empty where a block follows.
    pub value: &'a str,
    /// What stands behind `#` on the line.
    pub comment: &'a str,
    /// Counted from 1.
    pub line: u32,
    /// Which document of the file.
    pub document: usize,
    /// Counts the items of lists: keys of one item share it.
    pub item: usize,
}

/// Tells every key of a text to `each`.
pub fn each<'a>(text: &'a str, mut each: impl FnMut(&Entry<'a, '_>)) {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut items: Vec<(usize, usize)> = Vec::new();
    // The keys of what is open, as entries show them.
    let mut path: Vec<&str> = Vec::new();
    let (mut document, mut count) = (0, 0);
    // The indentation of a key whose text goes on over the next lines.
    let mut block: Option<usize> = None;
    for (line, raw) in (1u32..).zip(text.lines()) {
        let trimmed = raw.trim_start();
        let mut indent = raw.len() - trimmed.len();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(at) = block {
            if indent > at {
                continue;
            }
            block = None;
        }
        if trimmed.starts_with('#') {
            continue;
        }
        if raw.starts_with("---") || raw.starts_with("...") {
            document += 1;
            open.clear();
            items.clear();
            continue;
        }
        let mut rest = trimmed;
        let (mut first_dash, mut dashes) = (None, 0);
        while dashes < DEEPEST
            && let Some(after) = rest.strip_prefix("- ").or_else(|| (rest == "-").then_some(""))
        {
            items.retain(|(at, _)| *at < indent);
            dashes += 1;
            count += 1;
            items.push((indent, count));
            first_dash.get_or_insert(indent);
            let blanks = after.len() - after.trim_start().len();
            // A list may begin in the column of its key.
            open.retain(|(at, _)| *at < indent || (*at == indent && first_dash == Some(indent)));
            indent += 2 + blanks;
            rest = after.trim_start();
        }
        if rest.is_empty() {
            continue;
        }
        match first_dash {
            Some(dash) => open.retain(|(at, _)| *at <= dash),
            None => {
                open.retain(|(at, _)| *at < indent);
                items.retain(|(at, _)| *at < indent);
            }
        }
        let item = items.last().map_or(0, |(_, item)| *item);
        path.clear();
        path.extend(open.iter().map(|(_, key)| *key));
        if let Some(flow) = rest.strip_prefix('{') {
            let end = flow.rfind('}').unwrap_or(flow.len());
            for part in flow.get(..end).unwrap_or("").split(',').take(256) {
                if let Some((key, value)) = key_of(part.trim()) {
                    let (value, comment) = scalar(value);
                    each(&Entry { path: &path, key, value, comment, line, document, item });
                }
            }
            continue;
        }
        let Some((key, value)) = key_of(rest) else {
            let (value, comment) = scalar(rest);
            each(&Entry { path: &path, key: "", value, comment, line, document, item });
            continue;
        };
        let (scalar, comment) = scalar(value);
        if value.trim_start().starts_with(['|', '>']) {
            block = Some(indent);
        }
        each(&Entry { path: &path, key, value: scalar, comment, line, document, item });
        let inner = value.trim();
        if let Some(list) = inner.strip_prefix('[') {
            path.push(key);
            let end = list.find(']').unwrap_or(list.len());
            for part in list.get(..end).unwrap_or("").split(',').take(256) {
                let (value, _) = self::scalar(part);
                if !value.is_empty() {
                    each(&Entry { path: &path, key: "", value, comment, line, document, item });
                }
            }
        } else if let Some(map) = inner.strip_prefix('{') {
            path.push(key);
            let end = map.rfind('}').unwrap_or(map.len());
            for part in map.get(..end).unwrap_or("").split(',').take(256) {
                if let Some((key, value)) = key_of(part.trim()) {
                    let (value, _) = self::scalar(value);
                    each(&Entry { path: &path, key, value, comment, line, document, item });
                }
            }
        }
        if open.len() < DEEPEST {
            open.push((indent, key));
        }
    }
}

/// `key: value` or `key:`, the key without quotes.
fn key_of(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (key, rest) = rest.split_once(quote)?;
            return Some((key, rest.trim_start().strip_prefix(':')?));
        }
    }
    let at = text.match_indices(':').find(|(at, _)| {
        let next = text.as_bytes().get(at + 1);
        next.is_none_or(|b| b.is_ascii_whitespace())
    })?;
    let key = text.get(..at.0)?.trim_end();
    let plain = !key.is_empty() && key.len() < 256 && !key.contains(['#', '{', '[', '"', '`']);
    plain.then(|| (key, text.get(at.0 + 1..).unwrap_or("")))
}

/// The value without quotes, tag and anchor, and the comment behind it.
fn scalar(text: &str) -> (&str, &str) {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let Some((value, rest)) = rest.split_once(quote) else { return ("", "") };
            return (value, rest.trim_start().strip_prefix('#').unwrap_or("").trim());
        }
    }
    if text.starts_with(['|', '>', '[', '{', '&', '*', '!']) {
        return ("", "");
    }
    if let Some(comment) = text.strip_prefix('#') {
        return ("", comment.trim());
    }
    match text.find(" #").or_else(|| text.find("\t#")) {
        Some(at) => (text.get(..at).unwrap_or("").trim_end(), text.get(at + 2..).unwrap_or("").trim()),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text, |e| {
            all.push(format!("{} {}/{}={} #{}", e.line, e.path.join("/"), e.key, e.value, e.comment))
        });
        all
    }

    #[test]
    fn paths_items_and_comments() {
        let text = "jobs:\n  a:\n    steps:\n    - uses: x/y@v1 # v1.2\n      with: {k: 'v'}\n    - run: |\n        uses: no\n    -   name: q\n        uses: \"z\"\nb: [m, n]\n- plain\n";
        assert_eq!(
            read(text),
            [
                "1 /jobs= #",
                "2 jobs/a= #",
                "3 jobs/a/steps= #",
                "4 jobs/a/steps/uses=x/y@v1 #v1.2",
                "5 jobs/a/steps/with= #",
                "5 jobs/a/steps/with/k=v #",
                "6 jobs/a/steps/run= #",
                "8 jobs/a/steps/name=q #",
                "9 jobs/a/steps/uses=z #",
                "10 /b= #",
                "10 b/=m #",
                "10 b/=n #",
                "11 b/=plain #",
            ]
        );
    }

    #[test]
    fn dashes_without_end_cost_little() {
        let started = std::time::Instant::now();
        read(&"    - ".repeat(100_000));
        assert!(started.elapsed().as_secs() < 5);
    }

    #[test]
    fn items_are_told_apart() {
        let mut seen = Vec::new();
        each("l:\n- a: 1\n  b: 2\n- a: 3\n", |e| seen.push((e.key.to_string(), e.item)));
        assert_eq!(seen[1].1, seen[2].1);
        assert_ne!(seen[2].1, seen[3].1);
    }
}
