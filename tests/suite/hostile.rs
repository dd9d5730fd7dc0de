//! Files that were made to harm: every reader meets each of them in bounded time, without running out of stack.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use licit_inventory::extract::{EXTRACTORS, File};
use licit_inventory::walk::Limits;
use licit_inventory::{Inventory, Options, Silent, read};
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
        ("marks of heredocs", "<".repeat(200_000).into_bytes()),
        ("lines of settings", "a=b\n".repeat(60_000).into_bytes()),
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

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("licit-hostile-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).unwrap();
        Scratch(folder)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// What a scan gives, and what it says is wrong, in bounded time.
fn inventory(path: &std::path::Path) -> (Inventory, String) {
    let started = Instant::now();
    let limits = Limits { every_file: true, ..Limits::default() };
    let inventory = read(path, "hostile", &Options { limits, ..Options::default() }, &Silent).unwrap();
    assert!(started.elapsed() < LIMIT * 3, "{} took {:?}", path.display(), started.elapsed());
    let said = inventory.joined.problems.iter().map(|p| format!("{} {}\n", p.path, p.message)).collect();
    (inventory, said)
}

/// A zip of stored bytes in which every name of the directory means the same ones.
fn shared(names: &[String], bytes: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    let packed = encoder.finish().unwrap();
    let fields = |name: &str| {
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        fields.extend(crc.sum().to_le_bytes());
        fields.extend((packed.len() as u32).to_le_bytes());
        fields.extend((bytes.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        fields
    };
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(fields("x"));
    zip.push(b'x');
    zip.extend(&packed);
    let start = zip.len() as u32;
    for name in names {
        zip.extend(b"PK\x01\x02\x14\x00");
        zip.extend(fields(name));
        zip.extend([0; 14]);
        zip.extend(name.as_bytes());
    }
    let size = zip.len() as u32 - start;
    zip.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
    zip.extend(size.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

#[test]
fn entries_of_a_zip_that_share_their_bytes_are_not_all_read() {
    let scratch = Scratch::new("shared");
    let mut one = br#"{"name": "good", "version": "1.0.0"}"#.to_vec();
    one.resize(1 << 20, b' ');
    let names: Vec<String> = (0..3000).map(|n| format!("d{n}/package.json")).collect();
    let (inventory, said) = inventory(&scratch.put("a.zip", &shared(&names, &one)));
    // 64 MiB are read of a small archive, whatever it holds.
    assert_eq!(inventory.joined.graph.components.iter().filter(|c| c.name == "good").count(), 64, "{said}");
    assert!(said.contains("2936 entries were left out because all of them together inflate"), "{said}");
}

#[test]
fn a_file_without_end_says_what_is_wrong_a_thousand_times() {
    let scratch = Scratch::new("lines");
    scratch.put("ok/package.json", br#"{"name": "good", "version": "1.0.0"}"#);
    scratch.put("gradle.lockfile", "what\n".repeat(200_000).as_bytes());
    // One package again and again, each time in another way.
    let ranges: String = (0..30_000).map(|n| format!("a>{n}\n")).collect();
    scratch.put("requirements.in", ranges.as_bytes());
    let (inventory, said) = inventory(&scratch.0);
    assert!(inventory.joined.graph.components.iter().any(|c| c.name == "good"));
    assert!(
        said.lines().count() < 1100 && said.contains("the others are not listed"),
        "{}",
        said.lines().count()
    );
}

#[test]
fn thousands_of_projects_take_no_longer_each() {
    let scratch = Scratch::new("projects");
    for n in 0..2000 {
        let package =
            format!(r#"{{"name": "p{n}", "version": "1", "dependencies": {{"a": "1", "b{n}": "*"}}}}"#);
        scratch.put(&format!("s{n}/package.json"), package.as_bytes());
        scratch.put(&format!("s{n}/Dockerfile"), format!("FROM base:{n}\n").as_bytes());
        scratch.put(&format!("s{n}/requirements.txt"), format!("a==1\nb{n}==2\n").as_bytes());
    }
    let (inventory, said) = inventory(&scratch.0);
    assert!(inventory.joined.graph.components.len() > 6000, "{said}");
}

#[test]
fn folders_of_a_revision_that_hold_each_other_come_to_an_end() {
    let scratch = Scratch::new("revision");
    let mut written = 0u8;
    let mut object = |sort: &str, bytes: &[u8]| {
        // The name is not checked against the content, so that any will do.
        written += 1;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, format!("{sort} {}\0", bytes.len()).as_bytes()).unwrap();
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        let rest = format!("{written:02x}").repeat(19);
        scratch.put(&format!(".git/objects/{written:02x}/{rest}"), &encoder.finish().unwrap());
        written
    };
    let entry = |mode: &str, name: &str, id: u8| [format!("{mode} {name}\0").as_bytes(), &[id; 20]].concat();
    let file = entry("100644", "package.json", object("blob", br#"{"name": "good", "version": "1.0.0"}"#));
    let mut tree = object("tree", &file);
    for _ in 0..12 {
        let inner: Vec<u8> = (0..10).flat_map(|n| entry("40000", &format!("d{n}"), tree)).collect();
        tree = object("tree", &[inner, file.clone()].concat());
    }
    let commit = object("commit", format!("tree {}\n\n", format!("{tree:02x}").repeat(20)).as_bytes());
    scratch.put(".git/HEAD", format!("{commit:02x}").repeat(20).as_bytes());
    let options = Options { revision: Some("HEAD".to_string()), ..Options::default() };
    let inventory = read(&scratch.0, "hostile", &options, &Silent).unwrap();
    assert!(inventory.joined.graph.components.iter().any(|c| c.name == "good"));
    let said: Vec<&str> = inventory.joined.problems.iter().map(|p| p.message.as_str()).collect();
    assert!(
        said.iter().any(|m| m.contains("folders were left out that are the same as 2000 others")),
        "{said:?}"
    );
}
