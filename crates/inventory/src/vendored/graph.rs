//! Copies of other people's sources become components of the same graph: the nearest of the project's own packages holds
//! them, and one that lies in another is held by that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_model::found::RawLicenseKind;
use licit_model::{
    Completeness, Component, Ecosystem, Edge, GraphDepth, Kind, Licenses, Linkage, Location, Origin, Purl,
    RawLicense, Relationship, Scope, Source,
};

use super::Vendored;
use crate::resolve::{Declared, Joined, Stated, place, project};

/// Adds copies to a graph that is joined and not yet settled, and gives the ids of the components of each: the
/// copy is one, or several where several manifests describe it. `name` is what the scanned folder is called.
pub(crate) fn join(joined: &mut Joined, name: &str, copies: &[Vendored]) -> Vec<Ids> {
    if copies.is_empty() {
        return Vec::new();
    }
    let mut asking: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for edge in &joined.graph.edges {
        asking.entry(edge.from).or_default().insert(edge.origin);
    }
    let mut joiner = Joiner { by_place: HashMap::new(), by_purl: HashMap::new(), asking, joined, name };
    for (at, component) in joiner.joined.graph.components.iter().enumerate().filter(|(_, c)| !c.first_party) {
        for place in &joiner.joined.install_paths[at] {
            joiner.by_place.entry(place.clone()).or_insert(at);
        }
        joiner.by_purl.insert(component.id.clone(), at);
    }
    let given: Vec<Given> = copies.iter().map(|copy| joiner.given(copy)).collect();
    joiner.edges(copies, &given);
    let id = |at: &usize| joined.graph.components[*at].id.clone();
    let ids = |given: &Given| Ids {
        same: given.same.iter().map(id).collect(),
        inside: given.inside.iter().map(id).collect(),
    };
    given.iter().map(ids).collect()
}

/// The ids of the components of one copy.
pub(crate) struct Ids {
    /// Those that are the copy.
    pub same: Vec<String>,
    /// Those of packages that manifests below its folder describe.
    pub inside: Vec<String>,
}

struct Joiner<'j> {
    joined: &'j mut Joined,
    name: &'j str,
    /// Components by the folder that a file gives them, such as a submodule's.
    by_place: HashMap<String, usize>,
    by_purl: HashMap<String, usize>,
    /// By component: the files that say what it asks for.
    asking: HashMap<usize, BTreeSet<usize>>,
}

/// The components of one copy.
struct Given {
    /// The first stands for the copy, the others are what other manifests of its folder call it.
    same: Vec<usize>,
    /// Packages that manifests below its folder describe.
    inside: Vec<usize>,
}

impl Joiner<'_> {
    fn given(&mut self, copy: &Vendored) -> Given {
        let mut given = Given { same: Vec::new(), inside: Vec::new() };
        if let (true, Some(place)) = (copy.described, &copy.place) {
            for at in 0..self.joined.graph.components.len() {
                let dir = self.joined.dirs[at].as_deref().and_then(|dir| dir.split('#').next());
                let Some(dir) = dir.filter(|dir| place::is_below(dir, place)).map(str::to_string) else {
                    continue;
                };
                let same = dir == *place;
                if self.release(at, dir, copy.purl.version().to_string()) {
                    (if same { &mut given.same } else { &mut given.inside }).push(at);
                }
            }
        }
        if given.same.is_empty() {
            given.same.push(self.component(copy));
        }
        given
    }

    /// Makes one of the project's own packages a component of somebody else's. One that the graph has already as such stays
    /// as it is: its license is judged there.
    fn release(&mut self, at: usize, dir: String, stated: String) -> bool {
        let component = &mut self.joined.graph.components[at];
        // A version of zeros stands where the one who publishes the manifest writes another.
        let zeros =
            !component.version.is_empty() && component.version.chars().all(|c| matches!(c, '0' | '.'));
        if zeros
            && !stated.is_empty()
            && component.first_party
            && let Some(Ok(mut purl)) = component.purl.as_deref().map(Purl::parse)
        {
            component.version.clone_from(&stated);
            purl.version = Some(stated);
            component.purl = Some(purl.to_string());
        }
        let purl = component.purl.clone().unwrap_or_else(|| component.id.clone());
        if !component.first_party || self.by_purl.contains_key(&purl) {
            return false;
        }
        component.id.clone_from(&purl);
        component.first_party = false;
        component.kind = Kind::Library;
        component.relationship = Relationship::Unknown;
        component.source = Source::Path(dir.clone());
        self.by_purl.insert(purl, at);
        self.joined.dirs[at] = None;
        self.joined.install_paths[at].push(dir);
        true
    }

    fn component(&mut self, copy: &Vendored) -> usize {
        let purl = copy.purl.to_string();
        let there = copy.place.as_ref().and_then(|place| self.by_place.get(place));
        let at = match there.or_else(|| self.by_purl.get(&purl)) {
            Some(&at) => at,
            None => self.joined.push(Component {
                id: purl.clone(),
                ecosystem: Some(match copy.purl.kind.as_ref() {
                    "github" => Ecosystem::Github,
                    "pypi" => Ecosystem::Pypi,
                    _ => Ecosystem::Generic,
                }),
                kind: Kind::Library,
                name: copy.purl.full_name(),
                version: copy.purl.version().to_string(),
                requested: None,
                scope: Scope::Runtime,
                relationship: Relationship::Unknown,
                first_party: false,
                locations: Vec::new(),
                // The bytes are those of the tree, wherever they came from.
                source: copy.place.clone().map_or(Source::Unknown, Source::Path),
                hashes: Vec::new(),
                licenses: Licenses::default(),
                freshness: None,
                model: None,
                purl: Some(purl.clone()),
            }),
        };
        self.by_purl.insert(purl, at);
        let known = &mut self.joined.graph.components[at];
        if !known.locations.contains(&copy.told) {
            known.locations.push(copy.told.clone());
        }
        if let Some(place) = &copy.place
            && !self.joined.install_paths[at].contains(place)
        {
            self.joined.install_paths[at].push(place.clone());
        }
        if let Some((text, location)) = &copy.declared {
            let raw =
                RawLicense { text: text.clone(), kind: RawLicenseKind::Expression, line: location.line };
            let declared = Declared { raw, path: location.path.clone(), lockfile: false };
            if !self.joined.declared[at].contains(&declared) {
                self.joined.declared[at].push(declared);
            }
        }
        at
    }

    /// Who holds what lies in a folder: the nearest project around it, else the only one, else what is scanned.
    fn holder(&mut self, dir: &str, told: &Location) -> usize {
        let near = project::served(self.joined, dir).or_else(|| project::only(self.joined));
        near.unwrap_or_else(|| project::top(self.joined, self.name, told.clone()))
    }

    /// The files that say what a copy asks for. Paths never mix files, so its holder has to ask for it in each of them.
    fn told_by(&self, given: &Given) -> BTreeSet<usize> {
        let own = given.same.iter().chain(&given.inside);
        own.filter_map(|at| self.asking.get(at)).flatten().copied().collect()
    }

    /// One origin for each folder of copies and each of the project's own packages that holds some of them.
    fn edges(&mut self, copies: &[Vendored], given: &[Given]) {
        let nodes: Vec<usize> = given.iter().map(|given| given.same[0]).collect();
        let mut groups: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
        // Most copies lie side by side, and to look for their holder means to look at all packages.
        let mut holders: HashMap<&str, usize> = HashMap::new();
        for (at, copy) in copies.iter().enumerate() {
            // What lies in a copy belongs to the group of the outermost one, so that a path leads there.
            let mut outer = copy;
            while let Some(within) = outer.within {
                outer = &copies[within];
            }
            let holder = match holders.get(outer.group.as_str()) {
                Some(&known) => known,
                None => self.holder(&outer.group, &outer.told),
            };
            holders.insert(&outer.group, holder);
            groups.entry((&outer.group, holder)).or_default().push(at);
        }
        for ((group, holder), members) in groups {
            let origin = self.joined.graph.origins.len();
            let path =
                if group.is_empty() { copies[members[0]].told.path.clone() } else { group.to_string() };
            let ceiling = place::ceiling(&format!("{group}/x"));
            self.joined.graph.origins.push(Origin { path: path.clone(), ceiling });
            for at in members {
                let (copy, given, scope) = (&copies[at], &given[at], copies[at].scope);
                let from = copy.within.map_or(holder, |within| nodes[within]);
                let same = given.same.iter().map(|to| (from, *to, copy.within.is_none()));
                let inside = given.inside.iter().map(|to| (nodes[at], *to, false));
                let all: Vec<(usize, usize, bool)> = same.chain(inside).collect();
                let linkage = if scope.ships() { Linkage::Static } else { Linkage::None };
                for origin in self.told_by(given).into_iter().chain([origin]) {
                    let apart = all.iter().filter(|(from, to, _)| from != to);
                    let edge = |(from, to, _): &(usize, usize, bool)| Edge {
                        from: *from,
                        to: *to,
                        scope,
                        linkage,
                        origin,
                    };
                    for edge in apart.map(edge) {
                        self.asking.entry(edge.from).or_default().insert(origin);
                        self.joined.graph.edges.push(edge);
                    }
                }
                for (_, to, direct) in all {
                    let stated = Stated { origin, scope: Some(scope), direct: Some(direct) };
                    self.joined.stated[to].push(stated);
                }
            }
            let verdict = Completeness {
                path,
                ecosystem: Ecosystem::Generic,
                graph: GraphDepth::Flat,
                why: "copied sources are known by what lies beside them; what they ask for was not read"
                    .to_string(),
            };
            if !self.joined.completeness.contains(&verdict) {
                self.joined.completeness.push(verdict);
            }
        }
    }
}
