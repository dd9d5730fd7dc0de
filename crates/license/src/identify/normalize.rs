//! Brings a license text to the words that matter. The build script compiles this file too, so it stands alone.

/// Hashes of the text's words: all of them, and without a title. Copyright lines are left out of both.
pub fn fingerprints(text: &str) -> Vec<u64> {
    let lines: Vec<Vec<String>> =
        text.lines().map(words).filter(|w| !w.is_empty() && !is_copyright(w)).collect();
    let all = hash(lines.iter().flatten());
    let titled = lines.first().is_some_and(|first| is_title(first)) && lines.len() > 1;
    let mut prints = vec![all];
    if titled {
        prints.push(hash(lines[1..].iter().flatten()));
    }
    prints
}

/// Lower-case words of letters and digits; everything else only separates them.
fn words(line: &str) -> Vec<String> {
    line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// A line that only says who holds the copyright.
fn is_copyright(words: &[String]) -> bool {
    let first = words[0].as_str();
    let has_year = words.iter().any(|w| {
        w == "year"
            || w == "yyyy"
            || (w.len() == 4 && w.parse::<u32>().is_ok_and(|y| (1950..2100).contains(&y)))
    });
    let reserved =
        words.len() <= 5 && words.iter().any(|w| w == "reserved") && words.iter().any(|w| w == "rights");
    (first == "copyright" && (has_year || words.len() <= 12 && words.get(1).is_some_and(|w| w == "c")))
        || first == "c" && has_year
        || reserved
}

/// A short line that names the license.
fn is_title(words: &[String]) -> bool {
    words.len() <= 8 && words.iter().any(|w| w == "license" || w == "licence")
}

/// FNV-1a over the words; 64 bits, stable over versions and platforms.
fn hash<'w>(words: impl Iterator<Item = &'w String>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for word in words {
        for byte in word.bytes().chain([b' ']) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
