//! `pip.conf` and pip's variables: the index, and those beside it.

use crate::endpoint::Endpoint;

/// Python's indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pip {
    /// In place of the usual index; none where that one holds.
    pub index: Option<Endpoint>,
    /// Beside it.
    pub extra: Vec<Endpoint>,
    /// Whether no index may be asked at all.
    pub no_index: bool,
}

/// Reads configuration files, the weightiest last, and the values of `PIP_INDEX_URL`, `PIP_EXTRA_INDEX_URL` and
/// `PIP_NO_INDEX`, which weigh more.
pub fn read(files: &[&str], index: Option<&str>, extra: Option<&str>, no_index: Option<&str>) -> Pip {
    let mut pip = Pip::default();
    for text in files {
        for (section, key, value) in settings(text) {
            if matches!(section.as_str(), "global" | "install" | "download") {
                set(&mut pip, &key, &value);
            }
        }
    }
    for (key, value) in [("index-url", index), ("extra-index-url", extra), ("no-index", no_index)] {
        if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
            set(&mut pip, key, value);
        }
    }
    pip
}

fn set(pip: &mut Pip, key: &str, value: &str) {
    match key {
        "index-url" => pip.index = Endpoint::parse(value),
        "extra-index-url" => pip.extra = value.split_whitespace().filter_map(Endpoint::parse).collect(),
        "no-index" => {
            pip.no_index = matches!(value.trim().to_lowercase().as_str(), "1" | "true" | "yes" | "on")
        }
        _ => {}
    }
}

/// Section, key and value; a value goes on in indented lines.
fn settings(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut all: Vec<(String, String, String)> = Vec::new();
    for line in text.lines() {
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = plain.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
            section = name.trim().to_lowercase();
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, _, value)) = all.last_mut() {
                value.push('\n');
                value.push_str(plain);
            }
        } else if let Some((key, value)) = plain.split_once(['=', ':']) {
            let key = key.trim().to_lowercase().replace('_', "-");
            all.push((section.clone(), key, value.trim().to_string()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_then_variables() {
        let text = "[global]\nindex-url = https://me:hush@py.example/simple\nextra-index-url =\n    https://a.example/simple\n    \
            https://b.example/simple\n[list]\nindex_url = https://no.example\n";
        let pip = read(&[text], None, None, None);
        assert_eq!(pip.index.as_ref().unwrap().url().as_str(), "https://py.example/simple/");
        assert!(pip.index.as_ref().unwrap().has_auth());
        assert_eq!(pip.extra.len(), 2);
        assert!(!format!("{pip:?}").contains("hush"));
        let pip = read(&[text], Some("https://c.example/simple"), None, Some("1"));
        assert_eq!(pip.index.unwrap().host(), "c.example");
        assert!(pip.no_index);
        assert_eq!(read(&["[global\n=\n x"], None, None, None), Pip::default());
    }
}
