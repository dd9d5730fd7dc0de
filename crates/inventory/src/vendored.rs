//! Other people's sources that were copied into a tree: by the metadata beside them, by license and version files of a
//! folder, and by what single files say of themselves.
//!
//! Names come first: only folders with a license text of their own, files of metadata, and the heads of sources of C
//! and its kin are opened. A name alone concludes nothing: there is always a license text, a license statement, or a
//! file written to say what the copy is. What another reader knows (packages with a manifest of their own, modules
//! listed by Go, installed copies) is left to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, Location, Method, Purl, Scope};

use crate::extract::repository;
use crate::installed::{Content, Fact, Looked, Missed, Place, TEXT_LIMIT, may_restrict, readme_rank};
use crate::resolve::Joined;
use crate::resolve::place::{self, ceiling, is_below};
use crate::tree::Spot;
use crate::walk::{Walked, is_license_name};

mod folder;
mod graph;
mod metadata;
mod notice;
mod position;
mod single;
mod version;

pub(crate) use graph::{Ids, join};
use metadata::Told;
use notice::Notice;
use position::Position;

/// A copy of somebody else's work.
#[derive(Debug, Clone)]
pub(crate) struct Vendored {
    /// What it is called.
    pub name: String,
    /// Who it is.
    pub purl: Purl,
    /// The folder or the file that it is; none where a list names it and no place.
    pub place: Option<String>,
    /// Where it is said who it is.
    pub told: Location,
    /// The folder for other people's sources that it lies in, or the folder above it.
    pub group: String,
    /// What metadata says of the license, and where.
    pub declared: Option<(String, Location)>,
    /// License texts and statements.
    pub texts: Vec<Text>,
    /// When it is needed, as far as its place and its metadata say.
    pub scope: Scope,
    /// The copy that it lies in, by its index.
    pub within: Option<usize>,
    /// Whether a manifest in it says what it is: then it was taken for one of the project's own packages.
    pub described: bool,
}

/// Where words of a license stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// A file that is a license text.
    File(String),
    /// Comments of a source file: its path, the first line, and the words.
    Comment(String, u32, String),
}

/// What a tree lists, by folder.
struct Index<'w> {
    root: &'w Spot,
    /// All files, sorted.
    paths: Vec<&'w str>,
    /// Names of the files in each folder, sorted.
    dirs: BTreeMap<&'w str, Vec<&'w str>>,
    /// Folders whose own manifest says what they are, and whether only such say it as a library of C has beside it for
    /// those who build with them, where the project itself builds with none of these.
    taken: BTreeMap<String, bool>,
    /// Those of them that a lock of the project calls its own.
    owned: BTreeSet<String>,
}

impl Index<'_> {
    fn names(&self, dir: &str) -> &[&str] {
        self.dirs.get(dir).map_or(&[], Vec::as_slice)
    }

    fn text(&self, path: &str, limit: usize) -> Option<String> {
        let bytes = self.root.join(path).bytes(limit)?;
        let binary = bytes.iter().take(1024).any(|b| *b == 0);
        (!binary).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether sources lie in a folder or below.
    fn has_sources(&self, dir: &str) -> bool {
        let prefix = format!("{dir}/");
        let from = self.paths.partition_point(|p| *p < prefix.as_str());
        self.paths[from..].iter().take_while(|p| p.starts_with(&prefix)).any(|p| is_source(p))
    }

    /// Whether fonts, pictures, styles or data lie in a folder or below, which are works as well.
    fn has_assets(&self, dir: &str) -> bool {
        const ENDINGS: &[&str] = &[
            "css", "dic", "eot", "gif", "ico", "jpeg", "jpg", "less", "otf", "pfb", "png", "sass", "scss",
            "sql", "svg", "ttc", "ttf", "wasm", "webp", "woff", "woff2",
        ];
        let prefix = format!("{dir}/");
        let from = self.paths.partition_point(|p| *p < prefix.as_str());
        let mut inside = self.paths[from..].iter().take_while(|p| p.starts_with(&prefix));
        inside.any(|p| ending(p).is_some_and(|e| ENDINGS.contains(&e.to_ascii_lowercase().as_str())))
    }

    /// Whether a folder has what only the top of a repository has: files that speak to its own contributors, or that
    /// build it by itself.
    fn is_whole(&self, dir: &str) -> bool {
        let furniture = |name: &&&str| {
            let lower = name.to_ascii_lowercase();
            let stem = lower.split('.').next().unwrap_or("");
            matches!(
                stem,
                "authors" | "thanks" | "install" | "news" | "contributing" | "code_of_conduct" | "credits"
            ) || matches!(
                lower.as_str(),
                "configure.ac"
                    | "configure.in"
                    | "autogen.sh"
                    | ".travis.yml"
                    | "appveyor.yml"
                    | ".gitmodules"
            )
        };
        self.names(dir).iter().filter(furniture).take(3).count() == 3
    }

    /// The license texts of a folder; lists of other people's licenses say nothing of the folder itself.
    fn licenses(&self, dir: &str) -> Vec<String> {
        let names = self.names(dir).iter().filter(|name| is_license_text(name));
        names.map(|name| below(dir, name)).take(16).collect()
    }
}

fn below(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_string() } else { format!("{dir}/{name}") }
}

fn is_license_text(name: &str) -> bool {
    if !may_be_license(name) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix(".txt").unwrap_or(&lower);
    let collection = ["third", "3rd", "notices"].iter().any(|word| lower.contains(word));
    !collection && (is_license_name(name) || matches!(stem, "copyright" | "copyrights"))
}

/// Whether a name is worth a closer look: every file of a tree is asked this.
fn may_be_license(name: &str) -> bool {
    let begins =
        |word: &[u8]| name.as_bytes().get(..word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word));
    match name.as_bytes().first() {
        Some(b'l' | b'L') if begins(b"licen") => true,
        Some(b'c' | b'C') if begins(b"copy") => true,
        Some(b'u' | b'U') if begins(b"unlicense") => true,
        Some(b'e' | b'E') if begins(b"eula") => true,
        _ => {
            let bytes = name.as_bytes();
            let stem = &bytes[..bytes.iter().rposition(|b| *b == b'.').unwrap_or(bytes.len())];
            stem.len() > 7 && stem[stem.len() - 7..].eq_ignore_ascii_case(b"license")
        }
    }
}

/// Sources of any language that people copy.
fn is_source(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "asm", "c", "cc", "cjs", "clj", "cpp", "cs", "cu", "cuh", "cxx", "d", "dart", "el", "ex", "f", "f90",
        "glsl", "go", "h", "hh", "hpp", "hs", "hxx", "inl", "ipp", "java", "jl", "js", "kt", "lua", "m",
        "mjs", "ml", "mm", "pas", "php", "pl", "pm", "proto", "py", "pyx", "r", "rb", "rs", "s", "scala",
        "swift", "tcl", "ts", "vim", "vue", "zig",
    ];
    ending(path).is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn ending(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending)
}

/// Finds the copies of a tree whose every file was listed. `found` is what the extractors read.
pub(crate) fn find(walked: &Walked, found: &[Found], root: &Spot) -> Vec<Vendored> {
    let on_disk = walked.every.iter().map(|(path, _)| path.as_str());
    let held = walked.every_held.iter().map(|(path, _)| path.as_str());
    // What lies in an archive of the tree is known by the archive.
    let mut paths: Vec<&str> = on_disk.chain(held.filter(|path| !path.contains("!/"))).collect();
    paths.sort_unstable();
    let mut dirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: (&str, Vec<&str>) = ("", Vec::new());
    let mut telling: BTreeSet<&str> = BTreeSet::new();
    for path in &paths {
        let slash = path.bytes().rposition(|b| b == b'/');
        let (dir, name) = slash.map_or(("", *path), |at| (&path[..at], &path[at + 1..]));
        // Files of one folder mostly follow each other.
        if dir != open.0 && !open.1.is_empty() {
            dirs.entry(open.0).or_default().append(&mut open.1);
        }
        open.0 = dir;
        open.1.push(name);
        if metadata::format(name).is_some() || is_license_text(name) {
            telling.insert(dir);
        }
    }
    dirs.entry(open.0).or_default().append(&mut open.1);
    let (taken, owned) = taken(found);
    let index = Index { root, paths, dirs, taken, owned };
    let mut finder = Finder {
        index: &index,
        all: Vec::new(),
        notices: HashMap::new(),
        at: BTreeMap::new(),
        lists: Vec::new(),
        later: Vec::new(),
    };
    finder.folders(telling);
    finder.listed();
    single::find(&mut finder);
    finder.all
}

/// Folders that manifests and locks call packages by a name, as their readers know more than a license text says; and those
/// of them that locks call the project's own.
fn taken(found: &[Found]) -> (BTreeMap<String, bool>, BTreeSet<String>) {
    let (mut dirs, mut owned) = (BTreeMap::new(), BTreeSet::new());
    let builds_c =
        |file: &Found| matches!(file.ecosystem, Some(Ecosystem::Bazel | Ecosystem::Conan | Ecosystem::Vcpkg));
    let builds_so = found.iter().any(|file| file.dir().is_empty() && builds_c(file));
    for file in found {
        if file.manifest.as_ref().is_some_and(|m| m.is_package && !m.package.purl.name.is_empty()) {
            let beside = builds_c(file) && !builds_so;
            *dirs.entry(file.dir().to_string()).or_insert(true) &= beside;
        }
        let own = file.packages.iter().filter(|p| file.role == Role::Lock && p.first_party);
        for dir in own.filter_map(|p| place::join(file.dir(), p.dir.as_deref()?)) {
            // A lock in the folder itself may have been copied with it.
            if dir != file.dir() {
                owned.insert(dir.clone());
            }
            dirs.insert(dir, false);
        }
    }
    dirs.remove("");
    (dirs, owned)
}

struct Finder<'w> {
    index: &'w Index<'w>,
    all: Vec<Vendored>,
    /// By folder: what its license texts say.
    notices: HashMap<String, Notice>,
    /// By folder: the copy that it is.
    at: BTreeMap<String, usize>,
    /// Folders that are copies if their holders are not the project's people.
    later: Vec<Later>,
    /// Works that lists name without a place.
    lists: Vec<(String, Told)>,
}

/// A folder that is a copy if its holders are not the project's people.
struct Later {
    copy: Vendored,
    /// Words of the holders' names; none where its license texts name nobody, and its files have to.
    holders: BTreeSet<String>,
    /// Words of the project's own holders, where its license texts name them.
    own: BTreeSet<String>,
    /// Whether it is a copy also where neither its texts nor its files name anybody.
    whole: bool,
}

impl Finder<'_> {
    /// The innermost copy whose folder holds a path.
    fn copy_of(&self, path: &str) -> Option<usize> {
        let mut above = path;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if let Some(&at) = self.at.get(parent) {
                return Some(at);
            }
            above = parent;
        }
        None
    }

    /// What the license texts of a folder say; nothing where it has none.
    fn notice(&mut self, dir: &str) -> Notice {
        if let Some(known) = self.notices.get(dir) {
            return known.clone();
        }
        let mut notice = Notice::default();
        for path in self.index.licenses(dir) {
            if let Some(text) = self.index.text(&path, TEXT_LIMIT) {
                notice.add(&text);
            }
        }
        if notice.lead.is_empty()
            && !notice.prints.is_empty()
            && let Some(name) = self.index.names(dir).iter().find(|n| matches!(**n, "NOTICE" | "NOTICE.txt"))
            && let Some(text) = self.index.text(&below(dir, name), 4 << 10)
        {
            notice.named(&text);
        }
        self.notices.insert(dir.to_string(), notice.clone());
        notice
    }

    /// The license texts that hold around a folder: of the copy that it lies in, or of the project.
    fn around(&mut self, dir: &str) -> Option<Notice> {
        let mut above = dir;
        while !above.is_empty() {
            above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
            // A text among other people's works holds for some of these, and not for the project.
            if position::of_name(above.rsplit('/').next().unwrap_or(above)) == Position::Strong {
                continue;
            }
            let notice = self.notice(above);
            if !notice.prints.is_empty() {
                return Some(notice);
            }
        }
        None
    }

    /// Folders with metadata or with a license text of their own.
    fn folders(&mut self, telling: BTreeSet<&str>) {
        for dir in telling {
            let names = self.index.names(dir);
            let files: Vec<(&str, metadata::Format)> =
                names.iter().filter_map(|name| Some((*name, metadata::format(name)?))).collect();
            let licenses = names.iter().any(|name| is_license_text(name));
            if files.is_empty() && !licenses || position::is_passed_over(&below(dir, "")) {
                continue;
            }
            let mut told = None;
            for (name, format) in files {
                let path = below(dir, name);
                let Some(text) = self.index.text(&path, 1 << 20) else { continue };
                let list = format == metadata::Format::Requirements;
                if list && position::of_name(dir.rsplit('/').next().unwrap_or(dir)) != Position::Strong {
                    continue;
                }
                let mut all = metadata::read(format, &text);
                // A list speaks of the tree; a file of one work speaks of its folder, and at the top of the project.
                // One list a copy is a habit too.
                let beside = position::of_path(dir).0 != Position::Elsewhere && all.len() == 1;
                if list || (format == metadata::Format::Manifest && !beside) || all.len() > 1 {
                    self.lists.extend(all.into_iter().map(|one| (path.clone(), one)));
                } else if let (Some(one), None, false) = (all.pop(), &told, dir.is_empty()) {
                    told = Some((path, one));
                }
            }
            if let Some(unit) = unit_of(dir).filter(|_| told.is_some() || licenses) {
                self.folder(dir, unit, told);
            }
        }
    }

    /// A folder that may be a copy. `dir` holds the license texts or the metadata, `unit` is the folder with a name.
    fn folder(&mut self, dir: &str, unit: &str, told: Option<(String, Told)>) {
        let texts = self.index.licenses(dir);
        if let Some(&at) = self.at.get(unit) {
            let known = &mut self.all[at].texts;
            for text in texts.into_iter().map(Text::File) {
                if !known.contains(&text) {
                    known.push(text);
                }
            }
            return;
        }
        let manifests = [self.index.taken.get(unit), self.index.taken.get(dir)];
        let described = manifests.iter().any(Option::is_some);
        if told.is_none() && self.named(dir, unit, &texts) {
            return;
        }
        // What builds a library of C is written beside it by whoever made it, and no sign of a workspace.
        let beside = described && manifests.iter().flatten().all(|beside| **beside);
        if described && (self.index.owned.contains(unit) || self.index.owned.contains(dir)) {
            return;
        }
        let name = name_of(unit);
        let within = self.copy_of(unit);
        let (mut position, group) = position::of_path(unit);
        let holds =
            self.index.has_sources(unit) || (position == Position::Strong && self.index.has_assets(unit));
        if told.is_none() && !holds {
            return;
        }
        // Inside of a copy its own folders for other people's sources count, and not those around it.
        let outer = within.and_then(|at| self.all[at].place.clone());
        let nested = outer.as_ref().is_some_and(|outer| !is_below(group, outer) || group.is_empty());
        if nested {
            position = Position::Elsewhere;
        }
        let own = self.notice(dir);
        let around = self.around(unit);
        let differs = around.as_ref().is_some_and(|a| own.differs(a));
        let others = around.as_ref().is_some_and(|a| own.is_others(a));
        let shared = around.as_ref().is_some_and(|a| !own.holders.is_disjoint(&a.holders));
        let plain = own.prints.is_empty();
        let nameless = own.holders.is_empty();
        // Where the license texts of the project or those of the folder name nobody, the files say who their people are.
        let unnamed = around.as_ref().is_some_and(|a| a.lead.is_empty()) || nameless;
        let repeated = around.as_ref().is_some_and(|a| own.is_repeated_by(a));
        let asked = position != Position::Strong && differs && unnamed && !nested;
        // Nothing is opened for a version where the license alone rules the folder out.
        let possible = match position {
            // A manifest makes a package the project's own, unless position and license say together that it is not.
            _ if described && plain => false,
            Position::Strong if described => (around.is_none() || differs || others) && !shared,
            Position::Weak if described => (others || asked) && !shared,
            Position::Elsewhere if described => beside && (others || asked) && !shared,
            _ if told.is_some() => true,
            _ if plain => false,
            Position::Strong => around.is_none() || differs || others || !shared,
            Position::Weak => differs || others,
            Position::Elsewhere => others || asked || repeated,
        };
        if !possible {
            return;
        }
        let stated = folder::version(self.index, unit, name);
        let numbered = stated.is_some() || position::split_version(unit).1.is_some();
        let by_metadata = told.is_some();
        let is_copy = match position {
            _ if by_metadata => true,
            _ if described => others || position == Position::Strong,
            // A text that names nobody is no sign of the project either, where it is the same as the project's.
            Position::Strong => around.is_none() || differs || others || numbered || nameless,
            Position::Weak => others || numbered || nameless,
            Position::Elsewhere if nested => numbered || (differs && others),
            Position::Elsewhere => others || (repeated && numbered),
        };
        if !is_copy && !asked {
            return;
        }
        let group = match (nested, group.is_empty()) {
            (false, false) => group.to_string(),
            _ => unit.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_string()),
        };
        let mut copy = Vendored {
            name: name.to_string(),
            purl: Purl::named("generic", name, ""),
            place: Some(unit.to_string()),
            told: Location::new(texts.first().cloned().unwrap_or_else(|| unit.to_string()), None),
            group,
            declared: None,
            texts: texts.into_iter().map(Text::File).collect(),
            scope: ceiling(&below(unit, "x")),
            within,
            described,
        };
        if let Some((path, told)) = told {
            copy.tell(&path, told, self.index);
        }
        copy.learn(stated, by_metadata);
        if !is_copy {
            self.later.push(Later {
                copy,
                holders: own.holders,
                own: around.map(|a| a.lead).unwrap_or_default(),
                whole: self.index.is_whole(dir),
            });
            return;
        }
        self.at.insert(unit.to_string(), self.all.len());
        self.all.push(copy);
    }

    /// Whether the license texts of a folder are each named for a work that is in it with others. Such works have no folder
    /// of their own: their text stands for them.
    fn named(&mut self, dir: &str, unit: &str, texts: &[String]) -> bool {
        let file = |path: &str| path.rsplit('/').next().unwrap_or("").to_string();
        let works: Option<Vec<(String, &String)>> = texts
            .iter()
            .map(|path| Some((position::named_for(&file(path), name_of(unit))?.to_string(), path)))
            .collect();
        let Some(works) = works.filter(|works| !works.is_empty()) else { return false };
        if position::of_path(unit).0 == Position::Strong || !self.index.has_sources(unit) {
            return false;
        }
        let around = self.around(unit);
        for (name, path) in works {
            let own = self.index.text(path, TEXT_LIMIT).map(|text| Notice::of(&text)).unwrap_or_default();
            let differs = around.as_ref().is_none_or(|a| own.differs(a));
            let others = around.as_ref().is_some_and(|a| own.is_others(a));
            if own.holders.is_empty() || !(others || differs) {
                continue;
            }
            let copy = Vendored {
                purl: Purl::named("generic", &name, ""),
                name,
                place: Some(path.clone()),
                told: Location::new(path.clone(), None),
                group: dir.to_string(),
                declared: None,
                texts: vec![Text::File(path.clone())],
                scope: ceiling(path),
                within: self.copy_of(path),
                described: false,
            };
            if others {
                self.all.push(copy);
            } else {
                let own_people = around.as_ref().map(|a| a.lead.clone()).unwrap_or_default();
                self.later.push(Later { copy, holders: own.holders, own: own_people, whole: false });
            }
        }
        true
    }

    /// Decides on folders whose license or that of the project names nobody. `common` are words of those whom most of the
    /// project's files name.
    fn deferred(&mut self, common: &BTreeSet<String>) {
        for later in std::mem::take(&mut self.later) {
            let Some(place) = later.copy.place.clone() else { continue };
            let own = if later.own.is_empty() { common } else { &later.own };
            if own.is_empty() || self.copy_of(&place).is_some() {
                continue;
            }
            let (theirs, ours) = match later.holders.is_empty() {
                true => single::holders_of(self.index, &place, own),
                false if later.holders.is_disjoint(own) => (1, 0),
                false => (0, 1),
            };
            if theirs <= ours && !(later.whole && ours == 0) {
                continue;
            }
            // The text of a work without a folder is no folder.
            if !self.index.dirs.contains_key(place.as_str())
                && self.index.paths.binary_search(&place.as_str()).is_ok()
            {
                self.all.push(later.copy);
                continue;
            }
            self.at.insert(place, self.all.len());
            self.all.push(later.copy);
        }
    }

    /// Works of lists: what was found in a folder of that name is the same, and the others have no place.
    fn listed(&mut self) {
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, copy) in self.all.iter().enumerate() {
            named.entry(version::plain(&copy.name)).or_default().push(at);
        }
        for (path, told) in std::mem::take(&mut self.lists) {
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
            let called = called(&told);
            let alike = named.get_mut(&version::plain(&called));
            let beside = alike.and_then(|all| {
                let in_folder =
                    |at: &usize| self.all[*at].place.as_ref().is_some_and(|place| is_below(place, &dir));
                let first = all.iter().position(in_folder)?;
                Some(all.remove(first))
            });
            let same = beside.filter(|at| self.all[*at].declared.is_none());
            if let Some(at) = same {
                self.all[at].tell(&path, told, self.index);
                continue;
            }
            if called.is_empty() || self.index.taken.contains_key(&dir) {
                continue;
            }
            let mut copy = Vendored {
                purl: Purl::named("generic", &called, ""),
                name: called,
                place: None,
                told: Location::new(path.clone(), Some(told.line)),
                scope: ceiling(&path),
                group: dir,
                declared: None,
                texts: Vec::new(),
                within: None,
                described: false,
            };
            copy.tell(&path, told, self.index);
            self.all.push(copy);
        }
    }
}

/// The folder that a license text in `dir` speaks of: folders that are named for what they hold have no name of their
/// own. None for the top, and for folders of other people's sources as a whole.
fn unit_of(dir: &str) -> Option<&str> {
    let mut unit = dir;
    loop {
        let (parent, name) = unit.rsplit_once('/').unwrap_or(("", unit));
        let holder = |dir: &str| position::of_name(dir.rsplit('/').next().unwrap_or(dir)) == Position::Strong;
        if name.is_empty() || holder(unit) {
            return None;
        }
        if !position::is_nameless(name) {
            return Some(unit);
        }
        if parent.is_empty() || holder(parent) {
            return None;
        }
        unit = parent;
    }
}

/// The name of a folder, without a version.
fn name_of(unit: &str) -> &str {
    let (parent, name) = unit.rsplit_once('/').unwrap_or(("", unit));
    let name = match parent.rsplit('/').next() {
        Some(above) if (position::is_version(name) || position::is_generation(name)) && !above.is_empty() => {
            above
        }
        _ => name,
    };
    // Some languages hide a package by the first sign of its name.
    let name = position::split_version(name).0;
    let bare = name.trim_start_matches(['.', '_']);
    if bare.is_empty() { name } else { bare }
}

/// What a work of a list is called: by its name, or by the end of its address.
fn called(told: &Told) -> String {
    if !told.name.is_empty() {
        return told.name.clone();
    }
    let bare = repository::bare(&told.url);
    bare.rsplit('/').next().unwrap_or("").to_string()
}

impl Vendored {
    /// Takes over what metadata says.
    fn tell(&mut self, path: &str, told: Told, index: &Index<'_>) {
        let called = called(&told);
        let folder = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        if !called.is_empty() {
            // A title of several words is what a page is headed with; the folder has the name.
            let title = called.contains(' ') && self.place.is_some();
            self.name = if title { self.name.clone() } else { called };
        }
        self.told = Location::new(path, Some(told.line.max(1)));
        let url = repository::address(&told.url);
        let bare = repository::bare(&url);
        let github = bare.starts_with("github.com/") && bare.matches('/').count() == 2;
        self.purl = if told.is_python {
            Purl::pypi(&self.name, &told.version)
        } else if github && !told.revision.is_empty() {
            repository::git(&url, &told.revision, &self.name, None).purl
        } else {
            let purl = Purl::named("generic", &self.name.replace('/', "-"), &told.version);
            let archive =
                [".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip"].iter().any(|end| bare.ends_with(end));
            let forge = github
                || url.ends_with(".git")
                || bare.contains("googlesource.com/")
                || bare.starts_with("gitlab.");
            match (archive, forge, told.revision.is_empty()) {
                _ if url.is_empty() => purl,
                (true, ..) => purl.with("download_url", &url),
                (false, true, true) => purl.with("vcs_url", &format!("git+{url}")),
                (false, true, false) => purl.with("vcs_url", &format!("git+{url}@{}", told.revision)),
                // A home page is no place to fetch from.
                _ => purl,
            }
        };
        if self.purl.version.is_none() && !told.revision.is_empty() {
            self.purl.version = Some(told.revision.clone());
        }
        self.declared = told.license.map(|(text, line)| (text, Location::new(path, Some(line))));
        for file in told.license_files {
            let at = match file.strip_prefix("//").or_else(|| file.strip_prefix('/')) {
                Some(top) => place::join("", top),
                None => place::join(folder, &file),
            };
            let Some(at) = at.filter(|at| index.paths.binary_search(&at.as_str()).is_ok()) else { continue };
            let text = Text::File(at);
            if !self.texts.contains(&text) {
                self.texts.push(text);
            }
        }
        if told.not_shipped {
            self.scope = self.scope.then(Scope::Build);
        }
    }

    /// Takes over a version that files of the copy state, where metadata says none.
    fn learn(&mut self, stated: Option<(version::Stated, String)>, by_metadata: bool) {
        if self.purl.version.is_some() {
            return;
        }
        let place = self.place.as_deref().unwrap_or("");
        let folder = place.rsplit('/').next().unwrap_or(place);
        let by_name = position::split_version(folder)
            .1
            .or_else(|| Some(folder.trim_start_matches(['v', 'V'])).filter(|_| position::is_version(folder)));
        // Where both say the same, the name of the folder may say more of it: `0.15.1b`.
        let more = |stated: &str| by_name.filter(|v| v.len() > stated.len() && v.starts_with(stated));
        if let Some((stated, path)) = stated {
            let version = more(&stated.version).map_or(stated.version.clone(), str::to_string);
            self.purl.version = Some(version);
            if !by_metadata {
                self.told = Location::new(path, Some(stated.line));
            }
        } else if let Some(version) = by_name {
            self.purl.version = Some(version.to_string());
        }
    }
}

/// License texts and statements of the copies, once the graph is settled; `ids` are those of the components of each.
pub(crate) fn look(joined: &Joined, copies: &[Vendored], ids: &[Ids], root: &Spot, looked: &mut Looked) {
    if copies.is_empty() {
        return;
    }
    let by_id: HashMap<&str, usize> =
        joined.graph.components.iter().enumerate().map(|(at, c)| (c.id.as_str(), at)).collect();
    let mut silent: BTreeMap<usize, &str> = BTreeMap::new();
    let mut speaking: BTreeSet<usize> = BTreeSet::new();
    let told: BTreeSet<usize> = looked.facts.iter().map(|fact| fact.component).collect();
    let all = copies.iter().zip(ids).flat_map(|(copy, ids)| {
        let same = ids.same.iter().map(move |id| (copy, id, false));
        same.chain(ids.inside.iter().map(move |id| (copy, id, true)))
    });
    for (copy, id, inside) in all {
        let Some(&component) = by_id.get(id.as_str()) else { continue };
        // A part of the copy has its license where nothing says that it has another.
        if inside && (told.contains(&component) || !joined.declared[component].is_empty()) {
            continue;
        }
        let before = looked.facts.len();
        for text in &copy.texts {
            let (location, content) = match text {
                Text::File(path) => {
                    let bytes = root.join(path).bytes(TEXT_LIMIT);
                    let Some(bytes) = bytes else { continue };
                    (Location::new(path.clone(), None), String::from_utf8_lossy(&bytes).into_owned())
                }
                Text::Comment(path, line, words) => (Location::new(path.clone(), Some(*line)), words.clone()),
            };
            let content = Content::Text(content);
            looked.facts.push(Fact { component, method: Method::LicenseFile, location, content });
        }
        let stated = looked.facts.len() > before || copy.declared.is_some();
        if let (Some(place), false) = (&copy.place, inside) {
            readme(component, place, root, looked);
        }
        if stated {
            speaking.insert(component);
        } else {
            let place = copy.place.as_deref().unwrap_or(&copy.told.path);
            silent.entry(component).or_insert(place);
        }
    }
    looked.missed.retain(|(component, _)| !speaking.contains(component));
    for (component, place) in silent.into_iter().filter(|(component, _)| !speaking.contains(component)) {
        looked.missed.push((component, Missed::Silent(place.to_string())));
    }
    looked.missed.sort_by_key(|(component, _)| *component);
}

/// The README of a copy, where it may hold a rider to the license.
fn readme(component: usize, place: &str, root: &Spot, looked: &mut Looked) {
    let names = root.join(place).names();
    let best = names.iter().filter_map(|name| Some((readme_rank(name)?, name))).min();
    let Some((_, name)) = best else { return };
    let path = below(place, name);
    let Some(bytes) = root.join(&path).bytes(TEXT_LIMIT) else { return };
    let text = String::from_utf8_lossy(&bytes);
    if may_restrict(&text) {
        let content = Content::Prose(Place::Readme, text.into_owned());
        let location = Location::new(path, Some(1));
        looked.facts.push(Fact { component, method: Method::LicenseFile, location, content });
    }
}

#[cfg(test)]
mod tests;
