//! What only Maven needs: parents, properties, managed versions and imported lists, over all POMs of the tree and
//! those of the local repository that they build upon.
//!
//! Look-ups walk the chain of parents instead of merging it, so that a large list of versions is never copied into
//! each of a thousand modules.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use licit_model::found::Role;
use licit_model::{Found, Manifest, RawLicense, Requirement, Scope};

use super::place;
use crate::extract::pom_xml::PomXml;
use crate::extract::{Extractor as _, File};

/// Parents above each other; real chains have less than ten.
const CHAIN: usize = 24;
/// POMs that one look-up of a managed version may visit, over parents and imports.
const VISITS: usize = 512;
/// Properties inside properties.
const NESTING: usize = 16;
/// Longer values are no coordinates.
const VALUE: usize = 512;
/// A POM in the local repository; larger ones are not read.
const POM_BYTES: u64 = 4 << 20;

/// Fills in what each POM inherits.
pub(super) fn settle(found: &mut [Found], repository: Option<&Path>) {
    let is_pom = |f: &Found| f.extractor == "pom-xml" && f.role == Role::Manifest;
    if !found.iter().any(is_pom) {
        return;
    }
    let mut poms = Poms {
        poms: Vec::new(),
        by_path: HashMap::new(),
        by_name: HashMap::new(),
        loaded: HashMap::new(),
        repository,
    };
    for (index, file) in found.iter().enumerate().filter(|(_, f)| is_pom(f)) {
        if let Some(manifest) = &file.manifest {
            poms.add(manifest.clone(), Some((index, file.path.clone())));
        }
    }
    let in_tree = poms.poms.len();
    for at in 0..in_tree {
        let settled = poms.settled(at);
        let Some((index, _)) = &poms.poms[at].tree else { continue };
        let file = &mut found[*index];
        for (line, message, loses) in settled.problems {
            if loses { file.lost(line, message) } else { file.odd(line, message) }
        }
        if let Some(manifest) = &mut file.manifest {
            manifest.package.purl.name = settled.name.1;
            manifest.package.purl.namespace = settled.name.0;
            manifest.package.purl.version = settled.version;
            manifest.package.licenses = settled.licenses;
            manifest.requirements = settled.requirements;
            manifest.workspace_requirements.clear();
        }
    }
}

struct Pom {
    manifest: Manifest,
    /// Of a POM of the tree: its index among the files, and its path.
    tree: Option<(usize, String)>,
    properties: HashMap<String, usize>,
    managed: HashMap<String, usize>,
    /// The chain of parents, itself first, once it was looked for.
    chain: Option<Vec<usize>>,
}

#[derive(Default)]
struct Settled {
    name: (Option<String>, String),
    version: Option<String>,
    licenses: Vec<RawLicense>,
    requirements: Vec<Requirement>,
    problems: Vec<(Option<u32>, String, bool)>,
}

struct Poms<'r> {
    poms: Vec<Pom>,
    by_path: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    loaded: HashMap<(String, String), Option<usize>>,
    repository: Option<&'r Path>,
}

impl Poms<'_> {
    fn add(&mut self, manifest: Manifest, tree: Option<(usize, String)>) -> usize {
        let at = self.poms.len();
        let mut properties = HashMap::new();
        for (index, (key, _)) in manifest.inherits.properties.iter().enumerate() {
            properties.entry(key.clone()).or_insert(index);
        }
        if let Some((_, path)) = &tree {
            self.by_path.insert(path.clone(), at);
            self.by_name.entry(name_of(&manifest)).or_default().push(at);
        }
        self.poms.push(Pom { manifest, tree, properties, managed: HashMap::new(), chain: None });
        // Names in the list may hold properties of the project itself.
        let names: Vec<String> =
            self.poms[at].manifest.workspace_requirements.iter().map(|r| r.name.clone()).collect();
        let named: Vec<String> = names.into_iter().map(|n| self.filled(&n, at)).collect();
        for (index, name) in named.into_iter().enumerate() {
            self.poms[at].managed.entry(name).or_insert(index);
        }
        at
    }

    /// The POM and its parents, nearest first.
    fn chain(&mut self, at: usize) -> Vec<usize> {
        if let Some(chain) = &self.poms[at].chain {
            return chain.clone();
        }
        let mut chain = vec![at];
        let mut last = at;
        while chain.len() < CHAIN {
            let Some(parent) = self.parent(last) else { break };
            // A project that is its own ancestor is broken; the ring is cut.
            if chain.contains(&parent) {
                break;
            }
            chain.push(parent);
            last = parent;
        }
        self.poms[at].chain = Some(chain.clone());
        chain
    }

    fn parent(&mut self, at: usize) -> Option<usize> {
        let parent = self.poms[at].manifest.inherits.parent.clone()?;
        if let (Some((_, path)), Some(relative)) = (&self.poms[at].tree, &parent.path) {
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            let joined = place::join(dir, relative);
            let spelled = joined.iter().flat_map(|j| {
                let inside = if j.is_empty() { "pom.xml".to_string() } else { format!("{j}/pom.xml") };
                [j.clone(), inside]
            });
            let there = spelled.into_iter().find_map(|p| self.by_path.get(&p).copied());
            if let Some(there) = there.filter(|t| name_of(&self.poms[*t].manifest) == parent.name) {
                return Some(there);
            }
        }
        let name = self.filled_by_own(&parent.name, at);
        let version = self.filled_by_own(&parent.range, at);
        self.named(&name, &version)
    }

    /// A POM by its coordinates, from the tree or else from the local repository.
    fn named(&mut self, name: &str, version: &str) -> Option<usize> {
        let same = |at: &&usize| self.poms[**at].manifest.package.purl.version() == version;
        let known = self.by_name.get(name).into_iter().flatten();
        if let Some(&at) = known.clone().find(same) {
            return Some(at);
        }
        // A version that only a property knows, as with `${revision}`.
        if let Some(&at) =
            known.clone().find(|at| self.poms[**at].manifest.package.purl.version().contains("${"))
        {
            return Some(at);
        }
        let key = (name.to_string(), version.to_string());
        if let Some(known) = self.loaded.get(&key) {
            return *known;
        }
        let read = self.repository.and_then(|r| read_pom(r, name, version));
        let at = read.map(|manifest| self.add(manifest, None));
        self.loaded.insert(key, at);
        at
    }

    /// The value of a property as seen from a POM; those that Maven sets itself come first.
    fn property(&self, key: &str, chain: &[usize]) -> Option<String> {
        let own = &self.poms[*chain.first()?].manifest;
        let bare = key.strip_prefix("project.").or_else(|| key.strip_prefix("pom."));
        let version = |v: &str| (!v.is_empty()).then(|| v.to_string());
        let set = match bare.unwrap_or(key) {
            "groupId" if bare.is_some() => own.package.purl.namespace.clone(),
            "artifactId" if bare.is_some() => Some(own.package.purl.name.clone()),
            "version" if bare.is_some() => version(own.package.purl.version()),
            "parent.version" => own.inherits.parent.as_ref().and_then(|p| version(&p.range)),
            "parent.groupId" => {
                own.inherits.parent.as_ref().and_then(|p| Some(p.name.split_once(':')?.0.to_string()))
            }
            "parent.artifactId" => {
                own.inherits.parent.as_ref().and_then(|p| Some(p.name.split_once(':')?.1.to_string()))
            }
            _ => None,
        };
        set.or_else(|| {
            chain.iter().find_map(|&at| {
                let pom = &self.poms[at];
                let (_, value) = pom.manifest.inherits.properties.get(*pom.properties.get(key)?)?;
                Some(value.clone())
            })
        })
    }

    fn filled(&self, text: &str, at: usize) -> String {
        let chain = self.poms[at].chain.clone().unwrap_or_else(|| vec![at]);
        self.fill(text, &chain)
    }

    fn filled_by_own(&self, text: &str, at: usize) -> String {
        self.fill(text, &[at])
    }

    /// The text with its properties put in; what nobody sets stays as it is written.
    fn fill(&self, text: &str, chain: &[usize]) -> String {
        let mut text = text.to_string();
        for _ in 0..NESTING {
            if !text.contains("${") || text.len() > VALUE {
                break;
            }
            let mut next = String::new();
            let mut rest = text.as_str();
            let mut changed = false;
            while let Some((before, after)) = rest.split_once("${") {
                next.push_str(before);
                let Some((key, behind)) = after.split_once('}') else {
                    next.push_str("${");
                    rest = after;
                    continue;
                };
                match self.property(key, chain).filter(|v| v.len() <= VALUE) {
                    Some(value) if next.len() <= VALUE => {
                        next.push_str(&value);
                        changed = true;
                    }
                    _ => next.extend(["${", key, "}"]),
                }
                rest = behind;
            }
            next.push_str(rest);
            text = next;
            if !changed {
                break;
            }
        }
        text
    }

    /// What the lists of versions say of a package: its version, and its scope.
    fn managed(&mut self, at: usize, name: &str, visits: &mut usize) -> Option<(String, Scope)> {
        *visits = visits.checked_sub(1)?;
        let chain = self.chain(at);
        for &pom in &chain {
            let listed = &self.poms[pom];
            if let Some(requirement) =
                listed.managed.get(name).and_then(|i| listed.manifest.workspace_requirements.get(*i))
            {
                return Some((self.fill(&requirement.range, &chain), requirement.scope));
            }
        }
        for &pom in &chain {
            let imports = self.poms[pom].manifest.inherits.imports.clone();
            for import in imports {
                let (import_name, version) =
                    (self.fill(&import.name, &chain), self.fill(&import.range, &chain));
                let list = self.named(&import_name, &version).filter(|list| !chain.contains(list));
                if let Some(found) = list.and_then(|list| self.managed(list, name, visits)) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn settled(&mut self, at: usize) -> Settled {
        let chain = self.chain(at);
        let purl = self.poms[at].manifest.package.purl.clone();
        let mut settled = Settled {
            name: (purl.namespace.as_deref().map(|n| self.fill(n, &chain)), self.fill(&purl.name, &chain)),
            version: purl.version.as_deref().map(|v| self.fill_version(v, &chain)),
            ..Settled::default()
        };
        let parent = self.poms[at].manifest.inherits.parent.clone();
        let parent_line = parent.as_ref().and_then(|p| p.line);
        if let (Some(parent), 1) = (&parent, chain.len()) {
            let message = format!(
                "the parent {} {} is neither in the tree nor in the local repository; what stands in it is not known",
                parent.name, parent.range
            );
            settled.problems.push((parent.line, message, false));
        }
        let mut own = HashSet::new();
        for (depth, &pom) in chain.iter().enumerate() {
            let manifest = &self.poms[pom].manifest;
            let inherited = |line: Option<u32>| if depth == 0 { line } else { parent_line };
            if settled.licenses.is_empty() {
                let licenses = manifest.package.licenses.iter().cloned();
                settled.licenses = licenses.map(|l| RawLicense { line: inherited(l.line), ..l }).collect();
            }
            let unscoped = manifest.inherits.unscoped.clone();
            for (index, requirement) in manifest.requirements.clone().into_iter().enumerate() {
                let unscoped = unscoped.binary_search(&index).is_ok();
                // A child says what its parent says too in its own way.
                let name = self.fill(&requirement.name, &chain);
                if depth == 0 {
                    own.insert(name.clone());
                } else if own.contains(&name) {
                    continue;
                }
                let requirement = Requirement { line: inherited(requirement.line), ..requirement };
                self.settle_requirement(
                    at,
                    Requirement { name, ..requirement },
                    unscoped,
                    &chain,
                    &mut settled,
                );
            }
        }
        settled
    }

    /// The project's own version may name itself by a property of the same name.
    fn fill_version(&self, version: &str, chain: &[usize]) -> String {
        if version.contains("project.version") { version.to_string() } else { self.fill(version, chain) }
    }

    fn settle_requirement(
        &mut self,
        at: usize,
        requirement: Requirement,
        unscoped: bool,
        chain: &[usize],
        settled: &mut Settled,
    ) {
        let name = requirement.name.clone();
        if name.contains("${") {
            settled.problems.push((
                requirement.line,
                format!("`{name}` has a property that nobody sets; it was left out"),
                true,
            ));
            return;
        }
        let mut range = self.fill(&requirement.range, chain);
        let mut scope = requirement.scope;
        if range.is_empty() || unscoped {
            let mut visits = VISITS;
            if let Some((managed, managed_scope)) = self.managed(at, &name, &mut visits) {
                if range.is_empty() {
                    range = managed;
                }
                if unscoped {
                    scope = scope.then(managed_scope);
                }
            }
        }
        if range.contains("${") {
            let message = format!("the version of {name} is `{range}`, a property that nobody sets");
            settled.problems.push((requirement.line, message, false));
        } else if range.is_empty() {
            settled.problems.push((
                requirement.line,
                format!("no version of {name} is stated in the tree"),
                false,
            ));
        }
        let path = self.neighbour(at, &name, &range);
        settled.requirements.push(Requirement { name, range, scope, path, inherited: false, ..requirement });
    }

    /// The folder of a module of the same tree that a requirement means, relative to the one that asks.
    fn neighbour(&self, at: usize, name: &str, range: &str) -> Option<String> {
        let (_, own) = self.poms[at].tree.as_ref()?;
        let fits = |other: &&usize| {
            let version = self.poms[**other].manifest.package.purl.version();
            **other != at && (range.is_empty() || version == range || version.contains("${"))
        };
        let other = self.by_name.get(name)?.iter().find(fits)?;
        let (_, path) = self.poms[*other].tree.as_ref()?;
        let up = "../".repeat(own.matches('/').count());
        Some(format!("{up}{}", path.rsplit_once('/').map_or("", |(dir, _)| dir)))
    }
}

fn name_of(manifest: &Manifest) -> String {
    let purl = &manifest.package.purl;
    match &purl.namespace {
        Some(group) => format!("{group}:{}", purl.name),
        None => purl.name.clone(),
    }
}

/// The place of an artifact's file in a repository of Maven's layout; none where the coordinates would lead elsewhere.
pub(crate) fn in_repository(name: &str, version: &str, ending: &str) -> Option<String> {
    let (group, artifact) = name.split_once([':', '/'])?;
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c))
    };
    let group_plain = group.split('.').all(plain);
    (group_plain && plain(artifact) && plain(version))
        .then(|| format!("{}/{artifact}/{version}/{artifact}-{version}{ending}", group.replace('.', "/")))
}

fn read_pom(repository: &Path, name: &str, version: &str) -> Option<Manifest> {
    use std::io::Read as _;
    let path = in_repository(name, version, ".pom")?;
    let opened = std::fs::File::open(repository.join(&path)).ok()?;
    let mut bytes = Vec::new();
    opened.take(POM_BYTES).read_to_end(&mut bytes).ok()?;
    let mut read = Found::new(path.clone(), "pom-xml");
    PomXml.extract(&File::new(&path, &bytes), &mut read);
    read.manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Vec<Found> {
        let read = |(path, inside): &(&str, &str)| {
            let mut found = Found::new(*path, "pom-xml");
            let text = format!("<project>\n{inside}\n</project>");
            PomXml.extract(&File::new(path, text.as_bytes()), &mut found);
            found
        };
        files.iter().map(read).collect()
    }

    fn asks(found: &Found) -> Vec<String> {
        let requirements = &found.manifest.as_ref().unwrap().requirements;
        let shown = |r: &Requirement| {
            let path = r.path.as_ref().map(|p| format!(" at {p}")).unwrap_or_default();
            format!("{} {} {}{path}", r.name, r.range, r.scope.word())
        };
        requirements.iter().map(shown).collect()
    }

    const ROOT: &str = "<groupId>g</groupId><artifactId>root</artifactId><version>${revision}</version>
        <licenses><license><name>MIT</name></license></licenses>
        <properties><revision>2.0</revision><json.version>1.${minor}</json.version><minor>5</minor></properties>
        <dependencyManagement><dependencies>
          <dependency><groupId>o</groupId><artifactId>json</artifactId><version>${json.version}</version></dependency>
          <dependency><groupId>o</groupId><artifactId>check</artifactId><version>4</version><scope>test</scope></dependency>
          <dependency><groupId>b</groupId><artifactId>bom</artifactId><version>3</version><type>pom</type><scope>import</scope></dependency>
        </dependencies></dependencyManagement>
        <dependencies><dependency><groupId>o</groupId><artifactId>all</artifactId><version>1</version></dependency></dependencies>";

    const MODULE: &str = "<parent><groupId>g</groupId><artifactId>root</artifactId><version>2.0</version></parent>
        <artifactId>web</artifactId>
        <properties><minor>7</minor></properties>
        <dependencies>
          <dependency><groupId>o</groupId><artifactId>json</artifactId></dependency>
          <dependency><groupId>o</groupId><artifactId>check</artifactId></dependency>
          <dependency><groupId>o</groupId><artifactId>listed</artifactId></dependency>
          <dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId><version>${project.version}</version></dependency>
          <dependency><groupId>o</groupId><artifactId>lost</artifactId><version>${nobody}</version></dependency>
        </dependencies>";

    #[test]
    fn parents_properties_and_lists() {
        let bom = "<groupId>b</groupId><artifactId>bom</artifactId><version>3</version><properties><v>9</v></properties><dependencyManagement><dependencies><dependency><groupId>o</groupId><artifactId>listed</artifactId><version>${v}</version></dependency></dependencies></dependencyManagement>";
        let core = "<parent><groupId>g</groupId><artifactId>root</artifactId><version>2.0</version></parent><artifactId>core</artifactId>";
        let mut found =
            tree(&[("pom.xml", ROOT), ("bom/pom.xml", bom), ("web/pom.xml", MODULE), ("core/pom.xml", core)]);
        settle(&mut found, None);
        assert_eq!(
            asks(&found[2]),
            [
                "o:json 1.7 runtime",
                "o:check 4 test",
                "o:listed 9 runtime",
                "g:core 2.0 runtime at ../core",
                "o:lost ${nobody} runtime",
                "o:all 1 runtime"
            ]
        );
        let web = found[2].manifest.as_ref().unwrap();
        assert_eq!(web.package.purl.to_string(), "pkg:maven/g/web@2.0");
        assert_eq!(found[0].manifest.as_ref().unwrap().package.purl.to_string(), "pkg:maven/g/root@2.0");
        // The license stands in the parent; the module's own file says so by naming it.
        assert_eq!((web.package.licenses[0].text.as_str(), web.package.licenses[0].line), ("MIT", Some(2)));
        assert_eq!(found[2].problems.len(), 1);
    }

    #[test]
    fn parents_in_the_local_repository() {
        let repository = std::env::temp_dir().join(format!("licit-poms-{}", std::process::id()));
        let dir = repository.join("g/root/2.0");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(
            dir.join("root-2.0.pom"),
            format!("<project>{}</project>", ROOT.replace("${revision}", "2.0")),
        )
        .unwrap();
        let mut found = tree(&[("pom.xml", MODULE)]);
        settle(&mut found, Some(&repository));
        std::fs::remove_dir_all(&repository).ok();
        assert_eq!(asks(&found[0])[0], "o:json 1.7 runtime");
        let mut found = tree(&[("pom.xml", MODULE)]);
        settle(&mut found, None);
        assert_eq!(asks(&found[0])[0], "o:json  runtime");
        assert!(found[0].problems.iter().any(|p| p.message.contains("the parent g:root 2.0")));
    }

    #[test]
    fn rings_and_bombs_end() {
        let ring = |own: &str, up: &str| {
            format!(
                "<parent><groupId>g</groupId><artifactId>{up}</artifactId><version>1</version><relativePath>../{up}</relativePath></parent><artifactId>{own}</artifactId><properties><a>${{b}}${{b}}</a><b>${{a}}${{a}}</b></properties><dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>{up}</artifactId><version>1</version><scope>import</scope></dependency></dependencies></dependencyManagement><dependencies><dependency><groupId>o</groupId><artifactId>${{a}}</artifactId></dependency><dependency><groupId>o</groupId><artifactId>x</artifactId></dependency></dependencies>"
            )
        };
        let (a, b) = (ring("a", "b"), ring("b", "a"));
        let mut found = tree(&[("a/pom.xml", &a), ("b/pom.xml", &b)]);
        settle(&mut found, None);
        assert_eq!(asks(&found[0]), ["o:x  runtime"]);
        assert!(in_repository("g.h:a", "1", ".pom").is_some());
        for (name, version) in [("g/..:a", "1"), ("g:../a", "1"), ("g:a", "..")] {
            assert!(in_repository(name, version, ".pom").is_none());
        }
    }
}
