//! Works that are one file or a few: by the version and the license that the files state themselves.
//!
//! In a folder for other people's sources a license statement of somebody else is enough. Among the project's own files
//! a version of the file's own has to stand beside it, and holders that are not those of the project.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_model::{Location, Purl};
use rayon::prelude::*;

use super::notice::{Notice, holders_in, license_comments, states_license};
use super::position::{self, Position};
use super::version::{self, Stated};
use super::{Finder, Index, Text, Vendored, below};
use crate::resolve::place::ceiling;

/// How much of a file is read for its banner.
const HEAD: usize = 12 << 10;

/// How much of its end, where the head says that the license stands there.
const TAIL: u64 = 6 << 10;

/// Files that are opened of one folder without a license text.
const SAMPLED: usize = 24;

/// Neighbours in the order of paths among which the sibling of a file is looked for.
const PAIRED: usize = 64;

/// Statements that are kept of one copy.
const STATEMENTS: usize = 8;

/// What one file says of itself.
struct Banner<'w> {
    path: &'w str,
    /// Name and version, where the file has a version of its own, and whether the head says so in words.
    version: Option<(String, Stated, bool)>,
    /// Words that state a license, with their first line.
    license: Option<(u32, String)>,
    /// Words of the holders' names near the top.
    holders: BTreeSet<String>,
    /// Whether it leaves the conditions to a README beside it.
    points: bool,
}

/// Adds the copies among files that lie in no folder that is one.
pub(super) fn find(finder: &mut Finder<'_>) {
    let index = finder.index;
    heads(finder);
    let mut loose: Vec<&str> = Vec::new();
    let mut folders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut libraries: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for path in index.paths.iter().filter(|path| is_c(path)) {
        if position::is_passed_over(path) || is_in_copy(finder, path) {
            continue;
        }
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        match position::of_path(path) {
            (Position::Strong, group) if group != dir => {
                let rest = dir.get(group.len() + 1..).unwrap_or("");
                // Folders that are named for what they hold have no name of a work.
                match rest.split('/').position(|part| !position::is_nameless(part)) {
                    Some(depth) => {
                        let name: Vec<&str> = rest.split('/').take(depth + 1).collect();
                        folders.entry(below(group, &name.join("/"))).or_default().push(path);
                    }
                    None => loose.push(path),
                }
            }
            (Position::Strong, _) => loose.push(path),
            _ => {
                if let Some(library) = position::library(dir) {
                    libraries.entry(library.to_string()).or_default().push(path);
                }
                loose.push(path);
            }
        }
    }
    // A folder in which copies lie is a shelf and no work itself, unless a file beside them is called as it is.
    folders.retain(|folder, files| {
        let inside = below(folder, "");
        let shelf = finder.at.range(inside.clone()..).next().is_some_and(|(at, _)| at.starts_with(&inside));
        let name = version::plain(super::name_of(folder));
        let named = |path: &&str| {
            path.get(inside.len()..).is_some_and(|rest| !rest.contains('/'))
                && version::plain(stem(path)) == name
        };
        let own = index.taken.contains_key(folder);
        let shelf = shelf && !files.iter().any(named);
        if shelf && !own {
            loose.append(files);
        }
        !shelf && !own
    });
    loose.sort_unstable();
    let mut banners: Vec<Banner<'_>> =
        loose.par_iter().filter_map(|path| banner(index, path, false)).collect();
    let common = common(&banners);
    let known = finder.at.len();
    finder.deferred(&common);
    if finder.at.len() > known {
        banners.retain(|banner| !is_in_copy(finder, banner.path));
    }
    for (folder, files) in folders {
        group(finder, &folder, &files, &common);
    }
    let known = finder.at.len();
    for (folder, files) in libraries {
        library(finder, &folder, &files, &banners, &common);
    }
    if finder.at.len() > known {
        banners.retain(|banner| !is_in_copy(finder, banner.path));
    }
    let mut kept: Works<'_, '_> = BTreeMap::new();
    for banner in &banners {
        let dir = banner.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let (position, _) = position::of_path(banner.path);
        let numbered = |(_, stated, telling): &(String, Stated, bool)| {
            // Two parts may be the version of a format that the file reads.
            *telling || stated.version.matches('.').count() > 1
        };
        if position != Position::Strong && !banner.version.as_ref().is_some_and(numbered) {
            continue;
        }
        let own = own_words(finder, banner.path, &common);
        let others = match position {
            Position::Strong => banner.holders.is_disjoint(&own),
            // Without a word on either side nothing says that it is somebody else's.
            _ => !own.is_empty() && banner.holders.is_disjoint(&own),
        };
        let stated = banner.license.is_some() || (banner.version.is_some() && pair(&banners, banner));
        if !others || !stated {
            continue;
        }
        let (name, version) = match &banner.version {
            Some((name, stated, _)) => (name.clone(), stated.version.clone()),
            None => (stem(banner.path).to_string(), String::new()),
        };
        kept.entry((dir.to_string(), name, version)).or_default().push(banner);
    }
    // A source without a version beside a header with one is of the same work.
    let versions: HashMap<(String, String), String> = kept
        .keys()
        .filter(|(_, _, version)| !version.is_empty())
        .map(|(dir, name, version)| ((dir.clone(), name.clone()), version.clone()))
        .collect();
    let tops: BTreeMap<String, BTreeSet<String>> = kept
        .iter()
        .map(|((dir, ..), files)| (dir.clone(), files.iter().flat_map(|f| f.holders.clone()).collect()))
        .collect();
    for ((dir, name, version), files) in merged(kept) {
        let known = versions.get(&(dir.clone(), name.clone()));
        // A file below a work of the same people is a part of that work.
        let mut above = dir.as_str();
        let mut part = false;
        while let Some((parent, _)) = above.rsplit_once('/') {
            part |= tops.get(parent).is_some_and(|who| files.iter().any(|f| !f.holders.is_disjoint(who)));
            above = parent;
        }
        if part {
            continue;
        }
        if version.is_empty() && known.is_some() || !files.iter().any(|f| f.license.is_some()) {
            continue;
        }
        add(finder, &name, None, &files, dir);
    }
}

/// Whether a file is a part of a copy: it lies in one, and in none of that one's folders for other people's sources.
fn is_in_copy(finder: &Finder<'_>, path: &str) -> bool {
    let Some(place) = finder.copy_of(path).and_then(|at| finder.all[at].place.as_deref()) else {
        return false;
    };
    let (position, group) = position::of_path(path);
    let inner = group.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    !(position == Position::Strong && inner)
}

/// A folder without a license text among libraries, whoever wrote them: it is a copy where every file that names a holder
/// names somebody else, and where the project's own people are known.
fn library(
    finder: &mut Finder<'_>,
    folder: &str,
    files: &[&str],
    banners: &[Banner<'_>],
    common: &BTreeSet<String>,
) {
    let inside = below(folder, "");
    let shelf = finder.at.range(inside.clone()..).next().is_some_and(|(at, _)| at.starts_with(&inside));
    if shelf || finder.index.taken.contains_key(folder) {
        return;
    }
    let own = own_words(finder, &inside, common);
    let own: BTreeSet<String> = own.union(common).cloned().collect();
    let from = banners.partition_point(|b| b.path < inside.as_str());
    let named: Vec<&Banner<'_>> = banners[from..]
        .iter()
        .take_while(|b| b.path.starts_with(&inside))
        .filter(|b| !b.holders.is_empty())
        .collect();
    let theirs = named.iter().filter(|b| b.holders.is_disjoint(&own)).count();
    if own.is_empty() || theirs != named.len() {
        return;
    }
    let name = version::plain(super::name_of(folder));
    let telling = banners[from..]
        .iter()
        .take_while(|b| b.path.starts_with(&inside))
        .any(|b| b.version.as_ref().is_some_and(|(own, ..)| version::related(own, &name)));
    // A few files without a word are of the same hand as most beside them, or as the one that says what it all is.
    if !(telling || theirs * 2 >= files.len().min(SAMPLED)) {
        return;
    }
    // A folder with nothing but one folder is what that is.
    let mut at = folder;
    loop {
        let rest =
            |path: &'_ str| path.get(at.len() + 1..).and_then(|r| r.split_once('/')).map(|(d, _)| d.len());
        let Some(length) = files.first().and_then(|path| rest(path)) else { break };
        let Some(next) = files[0].get(..at.len() + 1 + length) else { break };
        let name = next.rsplit('/').next().unwrap_or(next);
        let only = files.iter().all(|path| path.strip_prefix(next).is_some_and(|r| r.starts_with('/')));
        if !only || position::is_nameless(name) || version::related(name, super::name_of(folder)) {
            break;
        }
        at = next;
    }
    let known = finder.all.len();
    group(finder, at, files, common);
    for new in known..finder.all.len() {
        if let Some(place) = finder.all[new].place.clone() {
            finder.at.insert(place, new);
        }
    }
}

/// How many files of a folder name others, and how many name the people whose words are `own`.
pub(super) fn holders_of(index: &Index<'_>, folder: &str, own: &BTreeSet<String>) -> (usize, usize) {
    let inside = below(folder, "");
    let from = index.paths.partition_point(|path| *path < inside.as_str());
    let files = index.paths[from..].iter().take_while(|path| path.starts_with(&inside));
    let (mut theirs, mut ours) = (0, 0);
    for path in files.filter(|path| is_c(path)).take(SAMPLED) {
        let Some(head) = index.text(path, 4 << 10) else { continue };
        let holders: BTreeSet<String> = head.lines().filter_map(holders_in).flatten().collect();
        if !holders.is_empty() {
            *(if holders.is_disjoint(own) { &mut theirs } else { &mut ours }) += 1;
        }
    }
    (theirs, ours)
}

/// Copies that metadata names and that have no license text: what the heads of their files state.
fn heads(finder: &mut Finder<'_>) {
    let index = finder.index;
    for copy in finder.all.iter_mut().filter(|copy| copy.texts.is_empty()) {
        let Some(place) = &copy.place else { continue };
        let inside = below(place, "");
        let from = index.paths.partition_point(|path| *path < inside.as_str());
        let files = index.paths[from..].iter().take_while(|path| path.starts_with(&inside));
        let files: Vec<&str> = files.filter(|path| is_c(path)).take(SAMPLED).copied().collect();
        let banners: Vec<Banner<'_>> =
            files.into_iter().filter_map(|path| banner(index, path, true)).collect();
        copy.texts = statements(&banners.iter().collect::<Vec<_>>());
    }
}

/// What files state of their license, each statement once.
fn statements(files: &[&Banner<'_>]) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut prints = BTreeSet::new();
    // A file that only says where the license stands adds nothing to one that states it.
    let states = |banner: &&Banner<'_>| banner.license.as_ref().is_some_and(|(_, words)| !is_pointer(words));
    let stated = files.iter().any(states);
    for banner in files.iter().filter(|banner| !stated || states(banner)) {
        let Some((line, words)) = &banner.license else { continue };
        if texts.len() < STATEMENTS && prints.insert(Notice::of(words).prints) {
            texts.push(Text::Comment(banner.path.to_string(), *line, words.clone()));
        }
    }
    texts
}

/// By folder, name and version: the files of one work.
type Works<'b, 'w> = BTreeMap<(String, String, String), Vec<&'b Banner<'w>>>;

/// Files of one folder, one version and the same people are one work under its shortest name.
fn merged<'b, 'w>(works: Works<'b, 'w>) -> Works<'b, 'w> {
    let mut merged: Works<'b, 'w> = BTreeMap::new();
    #[allow(clippy::type_complexity)] // By name and version: each file with its banners.
    let mut by_version: BTreeMap<(String, String), Vec<(String, Vec<&'b Banner<'w>>)>> = BTreeMap::new();
    for ((dir, name, version), files) in works {
        if version.is_empty() {
            merged.insert((dir, name, version), files);
            continue;
        }
        let alike = by_version.entry((dir, version)).or_default();
        let who = |files: &[&Banner<'_>], other: &[&Banner<'_>]| {
            files.iter().any(|f| other.iter().any(|o| !f.holders.is_disjoint(&o.holders)))
        };
        match alike.iter_mut().take(PAIRED).find(|(_, known)| who(known, &files)) {
            Some((known, all)) => {
                if name.len() < known.len() {
                    *known = name;
                }
                all.extend(files);
            }
            None => alike.push((name, files)),
        }
    }
    for ((dir, version), alike) in by_version {
        for (name, files) in alike {
            merged.entry((dir.clone(), name, version.clone())).or_default().extend(files);
        }
    }
    merged
}

/// Whether the license of a file stands in its sibling of the same name.
fn pair(banners: &[Banner<'_>], banner: &Banner<'_>) -> bool {
    let base = |path: &str| path.rsplit_once('.').map_or(path.to_string(), |(base, _)| base.to_string());
    let own = base(banner.path);
    let from = banners.partition_point(|b| b.path < own.as_str());
    banners[from..]
        .iter()
        .take_while(|b| b.path.starts_with(&own))
        .take(PAIRED)
        .any(|b| base(b.path) == own && b.license.is_some())
}

/// A folder of sources without a license text, among other people's.
fn group(finder: &mut Finder<'_>, folder: &str, files: &[&str], common: &BTreeSet<String>) {
    let index = finder.index;
    let sample: Vec<Banner<'_>> =
        files.iter().take(SAMPLED).filter_map(|path| banner(index, path, true)).collect();
    let own = own_words(finder, folder, common);
    let (mut theirs, mut ours) = (Vec::new(), 0usize);
    for banner in &sample {
        if !banner.holders.is_disjoint(&own) {
            ours += 1;
        } else if banner.license.is_some() || banner.version.is_some() || banner.points {
            theirs.push(banner);
        }
    }
    let readme = theirs.iter().any(|b| b.points).then(|| {
        let names = index.names(folder).iter();
        names.filter(|name| name.to_ascii_lowercase().starts_with("readme")).min()
    });
    let readme = readme.flatten().map(|name| Text::File(below(folder, name)));
    if theirs.len() <= ours || !(readme.is_some() || theirs.iter().any(|b| b.license.is_some())) {
        return;
    }
    let name = super::name_of(folder).to_string();
    let mut named: BTreeMap<String, Vec<&Banner<'_>>> = BTreeMap::new();
    for banner in &theirs {
        if let Some((own, ..)) = &banner.version {
            named.entry(own.clone()).or_default().push(banner);
        }
    }
    let dir = folder.rsplit_once('/').map_or("", |(dir, _)| dir).to_string();
    if named.len() > 1 && named.values().all(|files| files.iter().any(|f| f.license.is_some())) {
        // Several works, each with a version of its own.
        for (name, files) in named {
            add(finder, &name, None, &files, folder.to_string());
        }
        return;
    }
    let title = match named.keys().next() {
        Some(one) if named.len() == 1 => longer(&name, one),
        _ => name.clone(),
    };
    // A version of a file that is called otherwise is that of the folder where all is of the same people.
    let one = |banner: &&Banner<'_>| {
        let Some((own, ..)) = &banner.version else { return true };
        let fits =
            |other: &&Banner<'_>| other.holders.is_empty() || !other.holders.is_disjoint(&banner.holders);
        version::related(own, &name) || theirs.iter().all(fits)
    };
    let numbered = theirs.iter().any(|b| b.version.is_some() && one(b));
    add(finder, &title, Some(folder), &theirs, dir);
    if let Some(copy) = finder.all.last_mut() {
        copy.texts.extend(readme);
        if !numbered {
            copy.told = Location::new(theirs.first().map_or(folder, |b| b.path), None);
            copy.purl = Purl::named("generic", &title, "");
            copy.learn(super::folder::version(index, folder, &title), false);
        }
    }
}

/// Of two names for one work that of the folder, unless the file's own goes on where the folder's ends: `stb_image` in
/// `stb`.
fn longer(folder: &str, own: &str) -> String {
    let rest = own.to_ascii_lowercase();
    let rest = rest.strip_prefix(&folder.to_ascii_lowercase());
    let goes_on = rest.is_some_and(|rest| rest.starts_with(['_', '-', '.']));
    if goes_on { own.to_string() } else { folder.to_string() }
}

fn add(finder: &mut Finder<'_>, name: &str, folder: Option<&str>, files: &[&Banner<'_>], group: String) {
    let stated =
        files.iter().filter_map(|b| Some((b.version.as_ref()?, b.path))).min_by_key(|(_, path)| path.len());
    let texts = statements(files);
    let Some(first) = files.first() else { return };
    let told = match stated {
        Some(((_, stated, _), path)) => Location::new(path, Some(stated.line)),
        None => Location::new(first.path, None),
    };
    let version = stated.map_or("", |((_, stated, _), _)| stated.version.as_str());
    let place = folder.unwrap_or(&told.path).to_string();
    let within = finder.copy_of(&place);
    finder.all.push(Vendored {
        name: name.to_string(),
        purl: Purl::named("generic", name, version),
        // A folder is not only for what its first file is for.
        scope: ceiling(&folder.map_or(first.path.to_string(), |folder| below(folder, "x"))),
        place: Some(place),
        told,
        group,
        declared: None,
        texts,
        within,
        described: false,
    });
}

/// Words of the project's own holders: those of the license texts around a file, else those that most files carry.
fn own_words(finder: &mut Finder<'_>, path: &str, common: &BTreeSet<String>) -> BTreeSet<String> {
    match finder.around(path).map(|n| n.lead).filter(|lead| !lead.is_empty()) {
        Some(lead) => lead,
        None => common.clone(),
    }
}

/// Holders of many of the files among the project's own, which are the project's people.
fn common(banners: &[Banner<'_>]) -> BTreeSet<String> {
    // Libraries may be of anybody, and count only where there is nothing else.
    let elsewhere = |b: &&Banner<'_>| position::of_path(b.path).0 == Position::Elsewhere;
    let among =
        |b: &&Banner<'_>| position::library(b.path.rsplit_once('/').map_or("", |(dir, _)| dir)).is_some();
    let mut own: Vec<&Banner<'_>> = banners.iter().filter(elsewhere).filter(|b| !among(b)).collect();
    if own.iter().all(|b| b.holders.is_empty()) {
        own = banners.iter().filter(elsewhere).collect();
    }
    let mut counts: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    let mut noticed = 0usize;
    for banner in own {
        noticed += usize::from(!banner.holders.is_empty());
        for word in &banner.holders {
            // One file copied to several places is one file.
            counts.entry(word).or_default().insert(stem(banner.path));
        }
    }
    let many = (noticed / 10).max(4);
    counts.into_iter().filter(|(_, stems)| stems.len() >= many).map(|(word, _)| word.to_string()).collect()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn is_c(path: &str) -> bool {
    const ENDINGS: &[&str] = &["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "inl", "ipp"];
    let bytes = path.as_bytes();
    // The longest of these has three letters behind its dot.
    let from = bytes.len().saturating_sub(4);
    let Some(dot) = bytes[from..].iter().rposition(|b| *b == b'.') else { return false };
    let end = path.get(from + dot + 1..).unwrap_or("");
    ENDINGS.iter().any(|known| end.eq_ignore_ascii_case(known))
}

/// What a file says of itself; none where it says nothing at all. Among the project's own files the license matters only
/// beside a version, or `always` in a copy.
fn banner<'w>(index: &Index<'_>, path: &'w str, always: bool) -> Option<Banner<'w>> {
    let head = index.text(path, HEAD)?;
    let top =
        head.char_indices().nth(4 << 10).map_or(head.as_str(), |(at, _)| head.get(..at).unwrap_or(&head));
    let holders: BTreeSet<String> = top.lines().filter_map(holders_in).flatten().collect();
    let position = position::of_path(path).0;
    let strong = position == Position::Strong;
    let version = own_version(&head, stem(path)).or_else(|| {
        // Among other people's files it is worth to read on.
        let more =
            (position != Position::Elsewhere && head.len() >= HEAD).then(|| index.text(path, 5 * HEAD))??;
        own_version(&more, stem(path))
    });
    let mut license = None;
    if version.is_some() || strong || always {
        license = license_comments(&head);
        // Words of the head may only name a license whose text stands at the end.
        let whole = license.as_ref().is_some_and(|(_, words)| is_whole(words));
        if !whole
            && (license.is_some() || version.is_some())
            && let Some(found) = at_the_end(index, path)
        {
            let pointed = license.as_ref().is_none_or(|(_, words)| {
                let lower = words.to_lowercase();
                ["end of file", "end of this file", "bottom of", "end of the file"]
                    .iter()
                    .any(|w| lower.contains(w))
            });
            if pointed || is_whole(&found) {
                let line = license.as_ref().map_or(1, |(line, _)| *line);
                license = Some((line, found));
            }
        }
    }
    let holders = match &license {
        Some((_, words)) if holders.is_empty() => words.lines().filter_map(holders_in).flatten().collect(),
        _ => holders,
    };
    let points = (strong || always) && points_to_readme(top);
    (version.is_some() || license.is_some() || !holders.is_empty()).then_some(Banner {
        path,
        version,
        license,
        holders,
        points,
    })
}

/// Whether the head of a file says that its conditions stand in a README.
fn points_to_readme(top: &str) -> bool {
    let lower = top.to_ascii_lowercase();
    lower.match_indices("readme").any(|(at, _)| {
        let from = lower.get(..at).unwrap_or("").char_indices().rev().nth(100).map_or(0, |(from, _)| from);
        let before = lower.get(from..at).unwrap_or("");
        ["conditions", "license", "licence", "copying", "copyright"].iter().any(|word| before.contains(word))
    })
}

/// Whether words only say where the license stands.
fn is_pointer(words: &str) -> bool {
    let lower = words.to_lowercase();
    let names = ["mit", "bsd", "gpl", "apache", "public domain", "public license", "zlib"];
    let files = ["see license", "see the license", "see copying", "see the copying", "see the file"];
    !is_whole(words)
        && files.iter().any(|file| lower.contains(file))
        && !lower
            .split(|c: char| !(c.is_alphanumeric() || c == ' '))
            .any(|part| names.iter().any(|name| part.contains(name)))
}

/// Whether words are more than the name of a license: a tag, or sentences that every such text has.
fn is_whole(words: &str) -> bool {
    let lower = words.to_lowercase();
    let lower: Vec<&str> = lower.split(|c: char| c.is_whitespace() || matches!(c, '*' | '/')).collect();
    let line = lower.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    [
        "spdx-license-identifier",
        "permission is hereby granted",
        "permission to use",
        "redistribution and use",
        "free and unencumbered",
        "provided 'as-is'",
    ]
    .iter()
    .any(|phrase| line.contains(phrase))
}

/// The statement of a license at the end of a file.
fn at_the_end(index: &Index<'_>, path: &str) -> Option<String> {
    let spot = index.root.join(path);
    let size = spot.size_in_place()?;
    if size <= HEAD as u64 {
        return None;
    }
    let from = size.saturating_sub(TAIL).max(HEAD as u64);
    let bytes = spot.part(from, size - from)?;
    let tail = String::from_utf8_lossy(&bytes);
    let begins = tail.lines().position(|line| {
        let lower = line.to_lowercase();
        lower.contains("license") || lower.contains("licence") || holders_in(line).is_some()
    })?;
    let words = tail.lines().skip(begins).collect::<Vec<_>>().join("\n");
    states_license(&words).then_some(words)
}

/// Name and version of a file that has a version of its own: in a banner with its name, or in macros with its name.
fn own_version(head: &str, stem: &str) -> Option<(String, Stated, bool)> {
    let whole = PART_OF.iter().find_map(|part| stem.strip_suffix(part)?.strip_suffix(['_', '-']));
    for name in [Some(stem), whole].into_iter().flatten().filter(|name| !name.is_empty()) {
        if let Some(stated) = version::banner(head, name) {
            return Some((name.to_string(), stated, true));
        }
    }
    if !head.contains("VER") && !head.contains("MAJOR") {
        return None;
    }
    let all = version::macros(head);
    let (prefix, stated) =
        all.into_iter().find(|(prefix, _)| prefix.len() > 1 && version::related(prefix, stem))?;
    let name = prefix.to_ascii_lowercase();
    let (long, short) = (version::plain(&name), version::plain(stem));
    let bare = short.trim_end_matches(|c: char| c.is_ascii_digit());
    // `NLOHMANN_JSON` in `json.hpp` says more than the file, and so does `SQLITE` in `sqlite3.c`.
    // Words that say which file of the work it is: `curlver.h`, `sqlite3-binding.h`.
    let part =
        short.strip_prefix(long.as_str()).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let part = part.is_some_and(|rest| PART_OF.contains(&rest));
    let name = if long.len() > short.len() || (long == bare && bare != short) || part {
        name
    } else {
        stem.to_string()
    };
    Some((name, stated, false))
}

/// Ends of the names of files that hold a part of a work.
const PART_OF: &[&str] =
    &["all", "amalgamated", "amalgamation", "binding", "config", "core", "single", "ver", "version"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_single_files() {
        let head = "#define NLOHMANN_JSON_VERSION_MAJOR 3\n#define NLOHMANN_JSON_VERSION_MINOR 11\n";
        assert_eq!(
            own_version(head, "json").map(|(n, s, _)| (n, s.version)),
            Some(("nlohmann_json".into(), "3.11".into()))
        );
        let head = "#define SQLITE_VERSION \"3.45.1\"\n";
        assert_eq!(own_version(head, "sqlite3").unwrap().0, "sqlite");
        assert_eq!(own_version(head, "database"), None);
        let head = "#define CJSON_VERSION_MAJOR 1\n#define CJSON_VERSION_MINOR 7\n";
        assert_eq!(own_version(head, "cJSON").unwrap().0, "cJSON");
        assert_eq!(longer("nlohmann", "nlohmann_json"), "nlohmann_json");
        assert_eq!(longer("cpp-httplib", "cpphttplib"), "cpp-httplib");
        assert_eq!(longer("sqlite3", "sqlite"), "sqlite3");
        assert_eq!(longer("stb", "stb_image"), "stb_image");
    }
}
