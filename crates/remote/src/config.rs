//! The client configuration of each package manager: which registries the user has, and for which packages.
//!
//! Everything here is a pure function of texts; who calls reads the files and the environment. What the scanned tree
//! says itself is read with `Trust::Tree`: it may name registries, so that their packages are not mistaken for public
//! ones, but it may not choose whom licit talks to, and it gets no variable of the environment to see.

pub mod cargo;
pub mod composer;
pub mod gems;
pub mod goproxy;
pub mod maven;
pub mod npmrc;
pub mod nuget;
pub mod pip;

/// Gives the value of a variable of the environment.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Who wrote a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The user, or whoever runs the machine.
    User,
    /// Whoever wrote the scanned tree.
    Tree,
}

/// Replaces `${NAME}`; an unknown variable makes the whole text unusable, as half a token would be.
fn expand(text: &str, open: &str, close: char, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(open) {
        let (name, after) = from.split_once(close)?;
        out.push_str(before);
        out.push_str(&value(name)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
