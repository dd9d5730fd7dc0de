//! Addresses of sources, made fit to be handed to strangers.
//!
//! A lockfile may hold tokens in its URLs and the author's own folders. An SBOM leaves the house, so neither may
//! pass through it.

/// A source's address as it may stand in a document: without secrets, and with nothing in it that a URL must not
/// hold. None for a local path.
pub fn public(address: &str) -> Option<String> {
    let address = address.trim();
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => return short(address),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme.bytes().all(plain) || scheme == "file" || scheme.ends_with("+file") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if host.is_empty() {
        return None;
    }
    // Over SSH the user is part of the address and the key is elsewhere; everywhere else it is a credential.
    let user = user
        .filter(|_| scheme == "ssh" || scheme.ends_with("+ssh"))
        .map(|user| user.split(':').next().unwrap_or(user))
        .filter(|user| !user.is_empty());
    let (path, fragment) = tail.split_once('#').map_or((tail, ""), |(path, fragment)| (path, fragment));
    let (path, query) = path.split_once('?').map_or((path, ""), |(path, query)| (path, query));
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_secret(pair)).collect();

    let mut url = format!("{scheme}://");
    if let Some(user) = user {
        url.push_str(user);
        url.push('@');
    }
    url.push_str(host);
    url.push_str(path);
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query.join("&"));
    }
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(fragment);
    }
    Some(escape(&url))
}

/// The host of an address.
pub fn host(address: &str) -> Option<String> {
    let url = public(address)?;
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty())
}

/// Host and first folder of a repository's address, which on the forges is its owner.
pub fn owner(address: &str) -> Option<String> {
    let url = public(address)?;
    let Some((_, rest)) = url.split_once("://") else {
        // `forge:owner/name`
        let (forge, rest) = url.split_once(':')?;
        return rest.split_once('/').map(|(owner, _)| format!("{forge}/{owner}"));
    };
    let host = host(&url)?;
    let path = rest.split(['?', '#']).next()?.split_once('/').map_or("", |(_, path)| path);
    match path.split_once('/') {
        Some((owner, _)) if !owner.is_empty() => Some(format!("{host}/{owner}")),
        _ => Some(host),
    }
}

/// Addresses without `//`: what `git clone` takes as `user@host:path`, and npm's `forge:owner/name`.
fn short(address: &str) -> Option<String> {
    let (before, path) = address.split_once(':')?;
    if path.is_empty() || before.contains(['/', '\\']) {
        return None;
    }
    if let Some((user, host)) = before.split_once('@') {
        let good = !user.is_empty() && !host.is_empty();
        return good.then(|| escape(&format!("ssh://{user}@{host}/{}", path.trim_start_matches('/'))));
    }
    let word = before.bytes().all(|b| b.is_ascii_alphabetic()) && before.len() > 1;
    (word && before != "file" && path.contains('/')).then(|| escape(address))
}

/// Whether a pair of a query looks like the key to a private place.
fn is_secret(pair: &str) -> bool {
    let key = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    ["token", "auth", "secret", "signature", "credential", "password", "key"]
        .iter()
        .any(|word| key.contains(word))
        || key == "sig"
}

/// Percent-encodes what may not stand in a URL and leaves all else as it is.
fn escape(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        if c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
        {
            let mut bytes = [0; 4];
            for b in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{b:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{host, owner, public};

    #[test]
    fn secrets_and_local_folders_stay_at_home() {
        let check = |from: &str, to: Option<&str>| assert_eq!(public(from).as_deref(), to, "{from}");
        check("https://git.example/o/r.git#abc", Some("https://git.example/o/r.git#abc"));
        check("https://git.example/o/r.git#", Some("https://git.example/o/r.git"));
        check("https://user:pa55@git.example/o/r", Some("https://git.example/o/r"));
        check("https://t0ken@git.example/o/r", Some("https://git.example/o/r"));
        check("git+ssh://git:pa55@git.example/o/r", Some("git+ssh://git@git.example/o/r"));
        check("git@git.example:o/r.git", Some("ssh://git@git.example/o/r.git"));
        check("https://a.example/x.tgz?v=1&access_token=abc", Some("https://a.example/x.tgz?v=1"));
        check("https://a.example/a b|c", Some("https://a.example/a%20b%7Cc"));
        check("forge:o/r#abc", Some("forge:o/r#abc"));
        check("file:///home/me/x.tgz", None);
        check("git+file:///home/me/x", None);
        check("file:../x", None);
        check("../x", None);
        check("C:\\x", None);
        check("", None);
        check("://", None);
    }

    #[test]
    fn owners_and_hosts() {
        assert_eq!(owner("git+ssh://git@Git.Example/o/r.git").as_deref(), Some("git.example/o"));
        assert_eq!(owner("https://git.example/r").as_deref(), Some("git.example"));
        assert_eq!(owner("forge:o/r").as_deref(), Some("forge/o"));
        assert_eq!(host("https://u:p@a.example:8443/x").as_deref(), Some("a.example:8443"));
        assert_eq!(host("internal"), None);
    }
}
