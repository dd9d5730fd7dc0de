//! `GOPROXY`, `GOPRIVATE` and `GONOPROXY`: who serves modules, and which modules nobody else may hear of.

use crate::endpoint::Endpoint;

/// Go's proxies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoProxy {
    /// In order; none where the client's default holds.
    pub proxies: Option<Vec<Endpoint>>,
    /// Whether modules may not be asked for at all: the list is `off` or has no proxy in it.
    pub off: bool,
    /// Modules that no proxy is asked for.
    private: Vec<String>,
}

impl GoProxy {
    /// Whether nobody may be asked for a module.
    pub fn is_private(&self, module: &str) -> bool {
        self.private.iter().any(|pattern| is_prefix(pattern, module))
    }
}

/// Reads the values of the three variables, from the environment or from `go env`'s file.
pub fn read(proxy: Option<&str>, private: Option<&str>, no_proxy: Option<&str>) -> GoProxy {
    let set = |value: Option<&str>| value.map(str::trim).filter(|v| !v.is_empty()).map(str::to_string);
    // An explicit GONOPROXY takes the place of GOPRIVATE for proxies; `none` in it means no pattern at all. What is
    // called private stays private here in either case, since deps.dev is not the proxy that was meant.
    let patterns = [set(private), set(no_proxy)].into_iter().flatten();
    let private: Vec<String> = patterns
        .flat_map(|p| p.split(',').map(|p| p.trim().to_string()).collect::<Vec<_>>())
        .filter(|p| !p.is_empty() && p != "none")
        .collect();
    let Some(list) = set(proxy) else { return GoProxy { private, ..GoProxy::default() } };
    let mut proxies = Vec::new();
    for hop in list.split([',', '|']).map(str::trim) {
        if hop == "off" || hop == "direct" {
            break;
        }
        proxies.extend(Endpoint::parse(hop));
    }
    let off = proxies.is_empty();
    GoProxy { proxies: Some(proxies), off, private }
}

/// The text of a `go env -w` file as a value of a variable.
pub fn in_env_file(text: &str, name: &str) -> Option<String> {
    let line = text.lines().rev().find_map(|l| l.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(line.to_string())
}

/// Whether a pattern fits the module's first elements.
fn is_prefix(pattern: &str, module: &str) -> bool {
    let mut elements = module.split('/');
    pattern.split('/').all(|p| elements.next().is_some_and(|e| fits(p, e)))
}

/// Whether one element fits; a class in brackets fits anything, so that in doubt a module stays private.
fn fits(pattern: &str, element: &str) -> bool {
    if pattern.contains('[') {
        return true;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), element.chars().collect());
    // The usual walk with one place to come back to, which is linear for patterns with one star.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_patterns() {
        let go = read(
            Some("https://a.example|https://b.example,direct,https://c.example"),
            Some("*.corp.example,git.example/x"),
            None,
        );
        assert_eq!(go.proxies.as_ref().unwrap().len(), 2);
        assert!(go.is_private("go.corp.example/a/b") && go.is_private("git.example/x/y"));
        assert!(!go.is_private("git.example/xy") && !go.is_private("corp.example/a"));
        assert!(read(Some("off"), None, None).off && read(Some("direct"), None, None).off);
        assert_eq!(read(None, None, None), GoProxy::default());
        assert_eq!(
            in_env_file("GOFLAGS=-x\nGOPROXY=https://a.example\n", "GOPROXY").unwrap(),
            "https://a.example"
        );
    }
}
