//! Environment markers, judged only by what a lock or a manifest decides itself: extras and dependency groups.
//!
//! Platforms and versions of Python are never judged, because one scan speaks for every place where the product
//! may be installed: each such comparison counts as possible.

use licit_model::Scope;

/// The strongest scope under which a marker can hold: runtime without any extra, optional where an extra must be
/// asked for, dev where a dependency group beyond the default ones must be. A marker that cannot be read holds.
pub fn scope(marker: &str, default_groups: &[&str]) -> Scope {
    if marker.trim().is_empty() {
        return Scope::Runtime;
    }
    let tokens = tokens(marker);
    let holds = |extras: bool, groups: bool| {
        let mut reader = Reader { tokens: &tokens, at: 0, extras, groups, default_groups };
        let value = reader.either(0);
        value.filter(|_| reader.at == tokens.len()).unwrap_or(true)
    };
    if holds(false, false) {
        Scope::Runtime
    } else if holds(true, false) {
        Scope::Optional
    } else {
        Scope::Dev
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Open,
    Close,
    Text(&'t str),
    Word(&'t str),
    Operator(&'t str),
}

fn tokens(marker: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = marker.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '(' => (Token::Open, rest.get(1..)),
            ')' => (Token::Close, rest.get(1..)),
            '"' | '\'' => {
                let inside = rest.get(1..).unwrap_or("");
                let (text, behind) = inside.split_once(first).unwrap_or((inside, ""));
                (Token::Text(text), Some(behind))
            }
            c if is_operator(c) => {
                let (token, behind) = split(rest, is_operator);
                (Token::Operator(token), Some(behind))
            }
            _ => {
                let in_word = |c: char| !(c.is_whitespace() || is_operator(c) || "()\"'".contains(c));
                let (token, behind) = split(rest, in_word);
                (Token::Word(token), Some(behind))
            }
        };
        tokens.push(token);
        rest = behind.unwrap_or("").trim_start();
    }
    tokens
}

fn is_operator(c: char) -> bool {
    "<>=!~".contains(c)
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

struct Reader<'r> {
    tokens: &'r [Token<'r>],
    at: usize,
    extras: bool,
    groups: bool,
    default_groups: &'r [&'r str],
}

impl<'r> Reader<'r> {
    fn next(&mut self) -> Option<Token<'r>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Word(word));
        self.at += usize::from(found);
        found
    }

    fn either(&mut self, depth: u32) -> Option<bool> {
        let mut value = self.both(depth)?;
        while self.takes("or") {
            value |= self.both(depth)?;
        }
        Some(value)
    }

    fn both(&mut self, depth: u32) -> Option<bool> {
        let mut value = self.atom(depth)?;
        while self.takes("and") {
            value &= self.atom(depth)?;
        }
        Some(value)
    }

    fn atom(&mut self, depth: u32) -> Option<bool> {
        let left = self.next()?;
        if left == Token::Open {
            if depth > 50 {
                return None;
            }
            let value = self.either(depth + 1)?;
            return (self.next()? == Token::Close).then_some(value);
        }
        let operator = match self.next()? {
            Token::Operator(operator) => operator,
            Token::Word("in") => "in",
            Token::Word("not") if self.takes("in") => "not in",
            _ => return None,
        };
        let right = self.next()?;
        let (variable, text) = match (left, right) {
            (Token::Word(variable), Token::Text(text)) | (Token::Text(text), Token::Word(variable)) => {
                (variable, text)
            }
            (Token::Text(_), Token::Text(_)) => return Some(true),
            _ => return None,
        };
        let wants = matches!(operator, "==" | "===" | "in");
        Some(match variable {
            "extra" | "extras" if wants => self.extras,
            "dependency_groups" if wants => self.groups || self.default_groups.contains(&text),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_and_groups_decide_and_platforms_do_not() {
        for (marker, expected) in [
            ("", Scope::Runtime),
            ("sys_platform == 'win32' and python_version < \"3.8\"", Scope::Runtime),
            ("extra == 'socks'", Scope::Optional),
            ("(sys_platform == 'win32' and extra == \"a\") or (extra == 'b')", Scope::Optional),
            ("extra == 'a' or os_name == 'nt'", Scope::Runtime),
            ("extra != 'a'", Scope::Runtime),
            ("'socks' in extras", Scope::Optional),
            ("'dev' in dependency_groups", Scope::Dev),
            ("'default' in dependency_groups or 'dev' in dependency_groups", Scope::Runtime),
            ("'x' in extras or 'dev' in dependency_groups", Scope::Optional),
            ("'dev' not in dependency_groups", Scope::Runtime),
            ("this is (no marker", Scope::Runtime),
        ] {
            assert_eq!(scope(marker, &["default"]), expected, "{marker}");
        }
    }

    #[test]
    fn deep_parentheses_are_no_trap() {
        let marker = format!("{}extra == 'a'{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(scope(&marker, &[]), Scope::Runtime);
    }
}
