//! Exports of deps.dev: rows with `System`, `Name`, `Version` and `Licenses`, as JSON or as CSV.

use std::io::{BufRead, Read as _};

use anyhow::bail;
use licit_license::store::Origin;
use licit_model::Purl;
use serde_json::{Map, Value};

use super::gather::Facts;

/// Rows that are handed on at a time.
const AT_ONCE: usize = 4096;

/// One version of a package.
pub(super) struct Row {
    system: String,
    name: String,
    version: String,
    licenses: Vec<String>,
}

impl Row {
    /// Reads an object; its keys may be written as in the data set or as in the API. None where it is no row.
    pub(super) fn of(map: &Map<String, Value>) -> Option<Row> {
        let get = |map: &Map<String, Value>, key: &str| -> Option<Value> {
            map.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.clone())
        };
        let inner = get(map, "versionKey");
        let keys = inner.as_ref().and_then(Value::as_object).unwrap_or(map);
        let word = |key: &str| get(keys, key).and_then(|v| v.as_str().map(str::to_string));
        let licenses = match get(map, "licenses") {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_string).collect(),
            Some(Value::String(text)) => of_text(&text),
            _ => Vec::new(),
        };
        Some(Row { system: word("system")?, name: word("name")?, version: word("version")?, licenses })
    }

    /// Adds what the row says.
    pub(super) fn say(self, facts: &mut Facts) {
        let Row { system, name, version, licenses } = self;
        let purl = match system.to_ascii_uppercase().as_str() {
            "NPM" => Some(Purl::npm(&name, &version)),
            "CARGO" => Some(Purl::cargo(&name, &version)),
            "GO" => Some(Purl::golang(&name, &version)),
            "MAVEN" => Some(Purl::maven(&name, &version)),
            "PYPI" => Some(Purl::pypi(&name, &version)),
            "NUGET" => Some(Purl::nuget(&name, &version)),
            "RUBYGEMS" => Some(Purl::gem(&name, &version)),
            _ => None,
        };
        let purl = purl.filter(|_| !name.is_empty());
        facts.say(purl, apply_together(licenses), Origin::DepsDev, "deps.dev");
    }
}

/// A list in one cell: JSON, or words.
fn of_text(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.starts_with('[') {
        if let Ok(list) = serde_json::from_str(text) {
            return list;
        }
        let inner = text.trim_start_matches('[').trim_end_matches(']');
        return inner.split(',').map(|w| w.trim().trim_matches(['"', '\'']).to_string()).collect();
    }
    if text.is_empty() { Vec::new() } else { vec![text.to_string()] }
}

/// Several licenses as one field. They all apply, since a list does not say that one may choose; and where one of them
/// is unknown, such as `non-standard`, the whole is not known either.
pub(super) fn apply_together(mut licenses: Vec<String>) -> Option<String> {
    licenses.retain(|l| !l.trim().is_empty());
    licenses.dedup();
    match licenses.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let part = |l: &String| {
                let choice = l.to_ascii_uppercase().contains(" OR ");
                if choice { format!("({l})") } else { l.clone() }
            };
            Some(several.iter().map(part).collect::<Vec<_>>().join(" AND "))
        }
    }
}

/// Reads a table with a head line, as RFC 4180 has it.
pub(super) fn csv(
    reader: &mut dyn BufRead,
    longest: u64,
    mut keep: impl FnMut(&Facts),
) -> anyhow::Result<()> {
    let mut columns: Option<[usize; 4]> = None;
    let mut facts = Facts::default();
    let mut number = 0u64;
    while let Some(record) = record(reader, longest)? {
        number += 1;
        let Some([system, name, version, licenses]) = columns else {
            let find = |word: &str| {
                let bare = |c: &String| c.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(word);
                record.iter().position(bare)
            };
            let (Some(s), Some(n), Some(v), Some(l)) =
                (find("system"), find("name"), find("version"), find("licenses"))
            else {
                bail!(
                    "this is no JSON and no database, and as a table it has no columns System, Name, Version and \
                     Licenses in its first line"
                );
            };
            columns = Some([s, n, v, l]);
            continue;
        };
        let cell = |index: usize| record.get(index).cloned().unwrap_or_default();
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        let row = Row {
            system: cell(system),
            name: cell(name),
            version: cell(version),
            licenses: of_text(&cell(licenses)),
        };
        row.say(&mut facts);
        if facts.facts.len() >= AT_ONCE {
            keep(&facts);
            facts = Facts::default();
        }
    }
    keep(&facts);
    if number < 2 {
        bail!("the table has no rows");
    }
    Ok(())
}

/// The next record of a table; none at the end.
fn record(reader: &mut dyn BufRead, longest: u64) -> anyhow::Result<Option<Vec<String>>> {
    let mut bytes = Vec::new();
    let mut open = false;
    // A line end inside quotes belongs to the cell: the record goes on while a quote is open.
    loop {
        let before = bytes.len();
        let left = longest.saturating_sub(before as u64);
        if left == 0 {
            bail!("a record is longer than {longest} bytes; a quote may be missing");
        }
        if (&mut *reader).take(left).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let quotes = bytes[before..].iter().filter(|b| **b == b'"').count();
        open ^= !quotes.is_multiple_of(2);
        if !open {
            break;
        }
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end_matches(['\n', '\r']);
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => push(&mut cells, other),
        }
    }
    Ok(Some(cells))
}

fn push(cells: &mut [String], letter: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(facts: &Facts) -> Vec<String> {
        facts.facts.iter().map(|f| format!("{} {}", f.purl, f.field)).collect()
    }

    #[test]
    fn rows_of_the_data_set_and_of_the_api_are_read() {
        let mut facts = Facts::default();
        for row in [
            json!({"System": "NPM", "Name": "@a/b", "Version": "1.0.0", "Licenses": ["MIT"]}),
            json!({"System": "MAVEN", "Name": "g:a", "Version": "1", "Licenses": ["MIT OR ISC", "Zlib"]}),
            json!({"versionKey": {"system": "GO", "name": "github.com/a/b", "version": "v1.0.0"},
                "licenses": ["MIT", "non-standard"]}),
            json!({"System": "OTHER", "Name": "a", "Version": "1", "Licenses": ["MIT"]}),
            json!({"System": "PYPI", "Name": "a", "Version": "1", "Licenses": []}),
        ] {
            Row::of(row.as_object().unwrap()).unwrap().say(&mut facts);
        }
        assert_eq!(
            lines(&facts),
            [
                "pkg:npm/%40a/b@1.0.0 MIT",
                "pkg:maven/g/a@1 (MIT OR ISC) AND Zlib",
                "pkg:golang/github.com/a/b@v1.0.0 MIT AND non-standard"
            ]
        );
        assert_eq!(facts.silent, 2);
    }

    #[test]
    fn tables_have_quotes_lists_and_any_order() {
        let table = "\u{feff}Version,System,Name,Licenses,More\r\n1,CARGO,a,\"[\"\"MIT\"\",\"\"ISC\"\"]\",\"two\nlines\"\r\n\
                     2,CARGO,a,MIT,\n3,CARGO,a,[MIT],x\n\n4,CARGO,a,,x\n";
        let mut got = Vec::new();
        let mut silent = 0;
        csv(&mut table.as_bytes(), 1000, |facts| {
            got.extend(lines(facts));
            silent += facts.silent;
        })
        .unwrap();
        assert_eq!(got, ["pkg:cargo/a@1 MIT AND ISC", "pkg:cargo/a@2 MIT", "pkg:cargo/a@3 MIT"]);
        assert_eq!(silent, 1);
        for wrong in ["", "a,b\n1,2\n", "System,Name,Version,Licenses\n", "System,Name,Version,Licenses\n\"x"]
        {
            assert!(csv(&mut wrong.as_bytes(), 40, |_| ()).is_err() || wrong.ends_with('x'), "{wrong}");
        }
        let open = format!("System,Name,Version,Licenses\n\"{}", "a\n".repeat(100));
        assert!(csv(&mut open.as_bytes(), 50, |_| ()).is_err());
    }
}
