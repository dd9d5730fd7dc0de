//! Files that were made to harm: every reader meets each of them in bounded time, without running out of stack.

use std::time::{Duration, Instant};

use licit_inventory::extract::{EXTRACTORS, File};
use licit_model::Found;

/// What one reader may take in a debug build; the files have 60 kB to 400 kB.
const LIMIT: Duration = Duration::from_secs(10);

/// The stack of a thread of the pool that reads files.
const STACK: usize = 2 << 20;

/// Files by name: nested, repeated, referring to themselves, long, many.
fn baits() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, times: usize| {
        format!("{}{}", open.repeat(times), close.repeat(times)).into_bytes()
    };
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let refs = vec![format!("*a{}", i - 1); 10].join(", ");
        aliases.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    let mut entities = String::from("<?xml version=\"1.0\"?><!DOCTYPE p [<!ENTITY e0 \"x\">");
    for i in 1..30 {
        entities.push_str(&format!("<!ENTITY e{i} \"&e{};&e{};\">", i - 1, i - 1));
    }
    entities.push_str("]><project><name>&e29;</name></project>");
    let keys = (0..20_000).map(|i| format!("\"k{i}\": {{}}")).collect::<Vec<_>>().join(",\n");
    vec![
        ("deep lists", nested("[", "]", 30_000)),
        ("deep lists never closed", "[".repeat(60_000).into_bytes()),
        ("deep objects", nested("{\"dependencies\":", "}", 10_000)),
        ("deep braces", nested("a {", "}", 30_000)),
        ("deep parentheses", nested("(", ")", 60_000)),
        ("deep tags", nested("<dependency>", "</dependency>", 10_000)),
        ("tags never closed", "<project>".repeat(20_000).into_bytes()),
        ("deep TOML", format!("a = {}{}", "[".repeat(30_000), "]".repeat(30_000)).into_bytes()),
        ("deep TOML keys", format!("{} = 1", vec!["a"; 30_000].join(".")).into_bytes()),
        ("deep TOML tables", "[[a.b]]\n".repeat(20_000).into_bytes()),
        ("deep YAML flow", format!("a: {}", "{a: ".repeat(20_000)).into_bytes()),
        ("deep YAML blocks", (0..600).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>().into_bytes()),
        ("YAML dashes", format!("{}a", "- ".repeat(60_000)).into_bytes()),
        ("alias bomb", aliases.into_bytes()),
        ("YAML merge of itself", b"a: &a\n  <<: *a\n  b: *a\n".to_vec()),
        ("entity bomb", entities.into_bytes()),
        ("one long line", vec![b'a'; 400_000]),
        ("one long number", vec![b'9'; 200_000]),
        ("spaces", vec![b' '; 400_000]),
        ("quotes", vec![b'"'; 100_000]),
        ("backslashes", vec![b'\\'; 100_000]),
        ("commas", vec![b','; 100_000]),
        ("lines", vec![b'\n'; 300_000]),
        ("carriage returns", "a\r".repeat(100_000).into_bytes()),
        ("semicolons and colons", "a:;".repeat(60_000).into_bytes()),
        ("hashes", "# ".repeat(100_000).into_bytes()),
        ("at signs", "a@".repeat(100_000).into_bytes()),
        ("equals", "a==".repeat(60_000).into_bytes()),
        ("many keys", format!("{{\"packages\": {{{keys}}}, \"dependencies\": {{{keys}}}}}").into_bytes()),
        ("same key", format!("{{{}}}", vec!["\"a\": 1"; 20_000].join(",")).into_bytes()),
        ("dollars", "${a".repeat(60_000).into_bytes()),
        ("properties of themselves", b"<project><properties><a>${b}${b}</a><b>${a}${a}</b></properties><version>${a}</version></project>".to_vec()),
        ("continued lines", "RUN a \\\n".repeat(30_000).into_bytes()),
        ("heredocs", "RUN <<A\n".repeat(20_000).into_bytes()),
        ("zeros", vec![0; 200_000]),
        ("high bytes", vec![0xFF; 200_000]),
        ("half a character", "é".repeat(100_000).as_bytes()[1..].to_vec()),
    ]
}

#[test]
fn no_file_takes_long_or_overflows_the_stack() {
    let check = || {
        for (bait, bytes) in baits() {
            for extractor in EXTRACTORS {
                for glob in extractor.files().iter().take(2) {
                    let name = glob.replace("**/", "").replace('*', "x");
                    let mut found = Found::new(name.clone(), extractor.name());
                    let started = Instant::now();
                    extractor.extract(&File::new(&name, &bytes), &mut found);
                    let took = started.elapsed();
                    assert!(took < LIMIT, "{} took {took:?} for {bait}", extractor.name());
                    assert!(
                        found.packages.len() <= bytes.len() && found.edges.len() <= 4 * bytes.len(),
                        "{} made too much of {bait}",
                        extractor.name()
                    );
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(check).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
