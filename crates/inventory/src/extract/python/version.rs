//! Versions and version specifiers by PEP 440, with Poetry's `^` and `~`: enough to tell a pin from a range and to
//! choose between several locked versions of one name.

use std::cmp::Ordering;

/// The one version that a range allows, if it is a pin: `==1.2.3`, `===1.2.3`, or Poetry's bare `1.2.3`.
pub fn pinned(range: &str) -> Option<&str> {
    let range = range.trim();
    let range = range.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(range);
    if range.contains('|') {
        return None;
    }
    clauses(range).find_map(|(operator, version)| {
        let exact = matches!(operator, "==" | "===" | "" | "=");
        let plain = version.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+!-".contains(&b));
        let named = version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        (exact && plain && (named || operator == "===") && !version.is_empty()).then_some(version)
    })
}

/// Whether a text is a list of version specifiers as PEP 508 has them, each with its operator.
pub fn is_range(text: &str) -> bool {
    let clause = |part: &str| {
        let part = part.trim();
        let version = part.trim_start_matches(|c| "<>=!~".contains(c));
        let operator = part.get(..part.len() - version.len()).unwrap_or("");
        let version = version.trim();
        matches!(operator, "==" | "===" | "!=" | "<=" | ">=" | "<" | ">" | "~=")
            && !version.is_empty()
            && !version.contains(char::is_whitespace)
    };
    // A comma at the end is allowed by the tools although PEP 508 does not know it.
    let text = text.trim().trim_end_matches(',');
    text.split(',').all(clause)
}

/// Whether a range may allow a version. What is not understood may: this only chooses between locked versions.
pub fn may_match(range: &str, version: &str) -> bool {
    let Some(version) = Version::parse(version) else { return true };
    let mut alternatives = range.split('|').map(str::trim).filter(|r| !r.is_empty()).peekable();
    if alternatives.peek().is_none() {
        return true;
    }
    alternatives.any(|range| {
        let range = range.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(range);
        clauses(range).all(|(operator, operand)| version.may_be(operator, operand))
    })
}

/// Operator and operand of each specifier; blanks and commas both part them.
fn clauses(range: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = range;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        if rest.is_empty() {
            return None;
        }
        let start = rest.find(|c| !"<>=!~^".contains(c)).unwrap_or(rest.len());
        let (operator, behind) = rest.split_at_checked(start)?;
        let behind = behind.trim_start();
        let end = behind.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(behind.len());
        let (operand, behind) = behind.split_at_checked(end)?;
        rest = behind;
        Some((operator, operand))
    })
}

/// A version in the order of PEP 440.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    epoch: u64,
    release: Vec<u64>,
    pre: Option<(u8, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: String,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let (public, local) = lower.split_once('+').unwrap_or((&lower, ""));
        let public = public.trim_start_matches('v');
        let (epoch, public) = match public.split_once('!') {
            Some((epoch, public)) => (epoch.parse().ok()?, public),
            None => (0, public),
        };
        let mut version = Version {
            epoch,
            release: Vec::new(),
            pre: None,
            post: None,
            dev: None,
            local: local.to_string(),
        };
        let mut rest = public;
        loop {
            let (digits, behind) = number(rest)?;
            version.release.push(digits);
            match behind.strip_prefix('.').filter(|b| b.starts_with(|c: char| c.is_ascii_digit())) {
                Some(next) => rest = next,
                None => {
                    rest = behind;
                    break;
                }
            }
        }
        while !rest.is_empty() {
            let bare = rest.trim_start_matches(['.', '-', '_']);
            let end = bare.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(bare.len());
            let (word, behind) = bare.split_at_checked(end)?;
            let after = behind.trim_start_matches(['.', '-', '_']);
            let (value, behind) = number(after).unwrap_or((0, behind));
            match word {
                "a" | "alpha" => version.pre = Some((0, value)),
                "b" | "beta" => version.pre = Some((1, value)),
                "c" | "rc" | "pre" | "preview" => version.pre = Some((2, value)),
                "post" | "rev" | "r" => version.post = Some(value),
                "" if rest.starts_with('-') => version.post = Some(number(after)?.0),
                "dev" => version.dev = Some(value),
                _ => return None,
            }
            rest = behind;
        }
        Some(version)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let part = |v: &Version, i: usize| v.release.get(i).copied().unwrap_or(0);
        let longest = self.release.len().max(other.release.len());
        // A development release without anything else comes before the first pre-release, a final one after the last.
        let pre = |v: &Version| match (v.pre, v.post, v.dev) {
            (Some((kind, value)), ..) => (1, kind, value),
            (None, None, Some(_)) => (0, 0, 0),
            _ => (2, 0, 0),
        };
        let post = |v: &Version| v.post.map_or((0, 0), |p| (1, p));
        let dev = |v: &Version| v.dev.map_or((1, 0), |d| (0, d));
        let release = (0..longest).map(|i| part(self, i).cmp(&part(other, i)));
        self.epoch
            .cmp(&other.epoch)
            .then(release.fold(Ordering::Equal, Ordering::then))
            .then(pre(self).cmp(&pre(other)))
            .then(post(self).cmp(&post(other)))
            .then(dev(self).cmp(&dev(other)))
    }

    fn may_be(&self, operator: &str, operand: &str) -> bool {
        if let Some(prefix) = operand.strip_suffix('*') {
            let prefix = prefix.trim_end_matches('.');
            let same = prefix.is_empty()
                || Version::parse(prefix).is_none_or(|p| {
                    p.epoch == self.epoch
                        && p.release.iter().enumerate().all(|(i, n)| self.release.get(i).unwrap_or(&0) == n)
                });
            return if operator == "!=" { !same } else { same };
        }
        let Some(bound) = Version::parse(operand) else { return true };
        let order = self.compare(&bound);
        let same = order == Ordering::Equal && (bound.local.is_empty() || bound.local == self.local);
        let below = |upper: Vec<u64>| {
            let upper = Version {
                release: upper,
                pre: None,
                post: None,
                dev: None,
                local: String::new(),
                epoch: bound.epoch,
            };
            order != Ordering::Less && self.compare(&upper) == Ordering::Less
        };
        match operator {
            "==" | "===" | "=" | "" => same,
            "!=" => !same,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "~=" => below(raised(&bound.release, bound.release.len().saturating_sub(2))),
            "~" => below(raised(&bound.release, usize::from(bound.release.len() > 1))),
            "^" => {
                let last = bound.release.len() - 1;
                let leading = bound.release.iter().position(|n| *n > 0).unwrap_or(last);
                below(raised(&bound.release, leading))
            }
            _ => true,
        }
    }
}

/// The release with the part at `at` raised by one and everything behind it cut off.
fn raised(release: &[u64], at: usize) -> Vec<u64> {
    let mut upper: Vec<u64> = release.iter().copied().take(at + 1).collect();
    if let Some(last) = upper.last_mut() {
        *last = last.saturating_add(1);
    }
    upper
}

/// The digits at the beginning of a text as a number.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, behind) = text.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    Some((digits.parse().unwrap_or(u64::MAX), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_ranges() {
        for (range, expected) in [
            ("==1.2.3", Some("1.2.3")),
            ("== 1.2.3", Some("1.2.3")),
            ("===1.0-weird", Some("1.0-weird")),
            ("===weird", Some("weird")),
            (">1,==1.5,!=1.6", Some("1.5")),
            ("1.2.3", Some("1.2.3")),
            ("(==2!1.0.post1+local.1)", Some("2!1.0.post1+local.1")),
            ("==1.2.*", None),
            ("1.*", None),
            ("*", None),
            ("", None),
            ("^1.2", None),
            (">=1.0", None),
            ("==1.0 || ==2.0", None),
        ] {
            assert_eq!(pinned(range), expected, "{range}");
        }
    }

    #[test]
    fn order_of_pep_440() {
        let ordered = [
            "1.dev0",
            "1.0a1.dev2",
            "1.0a1",
            "1.0b1",
            "1.0rc1",
            "1.0",
            "1.0.post1.dev1",
            "1.0.post1",
            "1.1.dev1",
            "1.1",
            "1.10",
            "1!0.1",
        ];
        for pair in ordered.windows(2) {
            let [low, high] = pair else { continue };
            let (low, high) = (Version::parse(low).unwrap(), Version::parse(high).unwrap());
            assert_eq!(low.compare(&high), Ordering::Less, "{low:?} {high:?}");
        }
        assert_eq!(Version::parse("1.0-1").unwrap().post, Some(1));
        assert_eq!(Version::parse("1.0-x86"), None);
        assert_eq!(Version::parse("1..2"), None);
    }

    #[test]
    fn which_locked_version_a_range_may_mean() {
        for (range, version, expected) in [
            ("^1.2", "1.9", true),
            ("^1.2", "2.0", false),
            ("^0.2.3", "0.3", false),
            ("^0.0", "0.0.9", true),
            ("^0.0", "0.1", false),
            ("~1.2.3", "1.2.9", true),
            ("~1.2.3", "1.3", false),
            ("~1", "1.9", true),
            ("~=1.4", "1.9", true),
            ("~=1.4.2", "1.5", false),
            ("==1.2.*", "1.2.7", true),
            ("!=1.2.*", "1.2.7", false),
            (">=1,<2 || >=3", "3.1", true),
            (">=1,<2 || >=3", "2.1", false),
            (">=1.0 <2.0", "2.0", false),
            ("==1.0", "1.0.0+cu118", true),
            ("==1.0+cpu", "1.0+cu118", false),
            ("*", "7", true),
            ("", "7", true),
            (">=strange", "7", true),
        ] {
            assert_eq!(may_match(range, version), expected, "{range} {version}");
        }
    }
}
