//! Models and datasets become components of the same graph as packages: what files name, what they hold, and what
//! either came from.
//!
//! Files of one folder speak of one model. A place that names a model by its id and a folder that holds it under this id
//! meet in one component. Who uses it is the nearest of the project's own packages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_model::ai::Origin as Parent;
use licit_model::{
    Component, Derivation, Descent, Ecosystem, Edge, Kind, Licenses, Linkage, Location, Mention, MentionKind,
    MentionRole, ModelCard, ModelFacts, Origin, Purl, Relationship, Scope, Source,
};

use super::{Declared, Joined, Stated, place, project};
use crate::weights::Shipped;

/// What is known of a model beyond the tree: from what it came, and who says so.
pub type Lineage = fn(MentionKind, &str, Option<&str>) -> Vec<(Parent, String)>;

/// Steps of lineage that are followed beyond the tree; real chains have five at most.
const DEPTH: usize = 16;

/// What the files of a tree, and the packages installed in it, say of models.
#[derive(Debug, Default)]
pub struct Seen {
    /// Where code and configuration name one.
    pub mentions: Vec<Mention>,
    /// What files of models say.
    pub facts: Vec<ModelFacts>,
    /// Weights inside installed packages.
    pub shipped: Vec<Shipped>,
}

/// Adds models and datasets to a graph that is joined and not yet settled. `name` is what the scanned folder is called.
pub fn join(joined: &mut Joined, name: &str, seen: Seen, lineage: Option<Lineage>) {
    let Seen { mentions, facts, shipped } = seen;
    let mut joiner = Joiner {
        joined,
        name,
        nodes: HashMap::new(),
        by_file: HashMap::new(),
        by_place: HashMap::new(),
        used: BTreeMap::new(),
        in_package: Vec::new(),
    };
    let mut places: BTreeMap<String, Vec<ModelFacts>> = BTreeMap::new();
    for fact in facts {
        places.entry(fact.place.clone()).or_default().push(fact);
    }
    for (place, facts) in places {
        joiner.held(&place, facts, None);
    }
    for mention in &mentions {
        joiner.named(mention);
    }
    joiner.carried(shipped);
    joiner.descend(lineage);
    joiner.edges();
}

/// A model or dataset: ids of the hub are the same in any case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Hub(MentionKind, String, Option<String>),
    Place(String),
}

impl Key {
    fn hub(kind: MentionKind, id: &str, revision: Option<&str>) -> Key {
        Key::Hub(kind, id.to_ascii_lowercase(), revision.map(str::to_string))
    }
}

/// Users with the models they use.
type Pairs = Vec<(usize, usize)>;

struct Node {
    component: usize,
    kind: MentionKind,
    /// Id and revision on the hub or in the library, where they are known.
    id: Option<(String, Option<String>)>,
    /// From what it came, as files of the tree say.
    parents: Vec<(Parent, String)>,
}

struct Joiner<'j> {
    joined: &'j mut Joined,
    name: &'j str,
    nodes: HashMap<Key, Node>,
    /// Weight files of the tree by their name: the key of their model, none where several models have such a file.
    by_file: HashMap<String, Option<Key>>,
    /// Models of the tree by their folder, and by the path of each file of weights.
    by_place: HashMap<String, Key>,
    /// Who uses what: the user, the strongest scope of the files that say so, and the model, with the first such file.
    used: BTreeMap<(usize, Scope), BTreeMap<Key, String>>,
    /// Packages with the models that they carry.
    in_package: Vec<(usize, usize)>,
}

impl Joiner<'_> {
    /// A model whose files lie in the tree, or in a package.
    fn held(&mut self, at: &str, facts: Vec<ModelFacts>, package: Option<usize>) {
        let dataset = facts.iter().any(|f| f.dataset);
        let kind = if dataset { MentionKind::HfDataset } else { MentionKind::HfModel };
        let id = facts.iter().find_map(|f| f.id.clone());
        let revision = facts.iter().find_map(|f| f.revision.clone());
        // What the scan begins at is the project's own model; a folder below may be anybody's.
        let own = at.is_empty() && id.is_none() && package.is_none();
        let key = match &id {
            Some(id) => Key::hub(kind, id, revision.as_deref()),
            None => Key::Place(at.to_string()),
        };
        let title = facts.iter().find_map(|f| f.name.clone());
        let shown = match (&id, own) {
            (Some(id), _) => id.clone(),
            (None, true) => title.unwrap_or_else(|| self.name.to_string()),
            (None, false) => title.unwrap_or_else(|| at.rsplit('/').next().unwrap_or(at).to_string()),
        };
        let source = match &id {
            Some(_) => Source::Registry(None),
            None => Source::Path(at.to_string()),
        };
        let component = match self.nodes.get(&key) {
            Some(node) => node.component,
            None => {
                let component = self.add(kind, &shown, id.as_deref(), revision.as_deref(), source, own, &key);
                self.nodes.insert(
                    key.clone(),
                    Node { component, kind, id: id.map(|id| (id, revision)), parents: Vec::new() },
                );
                component
            }
        };
        let mut first = None;
        let parameters = parameters(&facts);
        if !at.is_empty() {
            self.by_place.insert(at.to_string(), key.clone());
        }
        for fact in facts {
            let location = Location::new(fact.path.clone(), None);
            let name = fact.path.rsplit('/').next().unwrap_or(&fact.path).to_ascii_lowercase();
            if fact.bytes.is_some() {
                self.by_place.insert(fact.path.clone(), key.clone());
                let held = self.by_file.entry(name).or_insert_with(|| Some(key.clone()));
                if held.as_ref() != Some(&key) {
                    *held = None;
                }
            }
            for raw in &fact.licenses {
                let declared = Declared { raw: raw.clone(), path: fact.path.clone(), lockfile: false };
                if !self.joined.declared[component].contains(&declared) {
                    self.joined.declared[component].push(declared);
                }
            }
            let known = &mut self.joined.graph.components[component];
            if !known.locations.contains(&location) {
                known.locations.push(location);
            }
            describe(known.model.get_or_insert_default(), &fact);
            first.get_or_insert_with(|| fact.path.clone());
            if let Some(node) = self.nodes.get_mut(&key) {
                for parent in fact.origins {
                    let told = Location::new(fact.path.clone(), parent.line).to_string();
                    if !node
                        .parents
                        .iter()
                        .any(|(known, _)| known.id == parent.id && known.kind == parent.kind)
                    {
                        node.parents.push((parent, told));
                    }
                }
            }
        }
        let card = self.joined.graph.components[component].model.get_or_insert_default();
        card.parameters = card.parameters.max(parameters);
        let path = first.unwrap_or_default();
        match package {
            Some(package) => self.in_package.push((package, component)),
            None if own => self.joined.dirs[component] = Some(String::new()),
            None => self.use_by_nearest(&path, key),
        }
    }

    /// Weights that a package carries: whoever uses the package uses them, in every file that says so.
    fn carried(&mut self, shipped: Vec<Shipped>) {
        let mut packages: HashMap<(Ecosystem, String, String), usize> = HashMap::new();
        for (at, component) in self.joined.graph.components.iter().enumerate() {
            if let Some(ecosystem) = component.ecosystem {
                packages.insert((ecosystem, component.name.clone(), component.version.clone()), at);
            }
        }
        for Shipped { ecosystem, name, version, facts } in shipped {
            let Some(&package) = packages.get(&(ecosystem, name, version)) else { continue };
            let place = facts.place.clone();
            self.held(&place, vec![facts], Some(package));
        }
    }

    /// A model that a file names.
    fn named(&mut self, mention: &Mention) {
        // The name that a result gets, and names in passing, bring nothing into the product.
        if matches!(mention.role, MentionRole::Output | MentionRole::Mention) {
            return;
        }
        let key = match mention.kind {
            // A path that leads to a model of the tree is its place there; any other is known by its name.
            MentionKind::WeightFile if self.by_place.contains_key(&mention.id) => {
                self.by_place.get(&mention.id).cloned().unwrap_or_else(|| Key::Place(mention.id.clone()))
            }
            MentionKind::WeightFile => {
                let name = mention.id.rsplit('/').next().unwrap_or(&mention.id).to_ascii_lowercase();
                match self.by_file.get(&name) {
                    Some(Some(key)) => key.clone(),
                    // The file is not here, so nothing but its name is known.
                    _ => return,
                }
            }
            kind => self.meet(kind, &mention.id, mention.revision.as_deref()),
        };
        let Some(node) = self.nodes.get(&key) else { return };
        let index = node.component;
        let component = &mut self.joined.graph.components[index];
        let location = Location::new(mention.path.clone(), mention.line);
        if !component.locations.contains(&location) {
            component.locations.push(location);
        }
        let first_party = component.first_party;
        // What a model came from is lineage: the project itself plays no role in it.
        if self.own_parent(&mention.path, mention.role, &key) {
            return;
        }
        let component = &mut self.joined.graph.components[index];
        let card = component.model.get_or_insert_default();
        if let Err(at) = card.roles.binary_search(&mention.role) {
            card.roles.insert(at, mention.role);
        }
        if !first_party {
            self.use_by_nearest(&mention.path, key);
        }
    }

    /// A card or configuration beside a model's weights names the base of that model, which is lineage and no use.
    fn own_parent(&self, path: &str, role: MentionRole, key: &Key) -> bool {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        matches!(role, MentionRole::Base | MentionRole::TrainData | MentionRole::MergeInput)
            && self.nodes.values().any(|node| {
                let here = |l: &Location| l.path == path && l.line.is_none();
                let component = &self.joined.graph.components[node.component];
                let same = |(parent, _): &(Parent, String)| {
                    matches!(key, Key::Hub(kind, id, _) if *kind == parent.kind && parent.id.eq_ignore_ascii_case(id))
                };
                (component.locations.iter().any(here) || matches!(&component.source, Source::Path(at) if at == dir))
                    && node.parents.iter().any(same)
            })
    }

    /// The node of an id, new where nobody named it before. Without a revision any copy in the tree is meant.
    fn meet(&mut self, kind: MentionKind, id: &str, revision: Option<&str>) -> Key {
        let key = Key::hub(kind, id, revision);
        if self.nodes.contains_key(&key) {
            return key;
        }
        if revision.is_none() {
            let lower = id.to_ascii_lowercase();
            let held = |k: &&Key| matches!(k, Key::Hub(of, name, Some(_)) if *of == kind && *name == lower);
            if let Some(held) = self.nodes.keys().filter(held).min() {
                return held.clone();
            }
        }
        let component = self.add(kind, id, Some(id), revision, Source::Registry(None), false, &key);
        let id = Some((id.to_string(), revision.map(str::to_string)));
        self.nodes.insert(key.clone(), Node { component, kind, id, parents: Vec::new() });
        key
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        kind: MentionKind,
        shown: &str,
        id: Option<&str>,
        revision: Option<&str>,
        source: Source,
        own: bool,
        key: &Key,
    ) -> usize {
        let purl = id.map(|id| purl(kind, id, revision));
        let dataset = kind == MentionKind::HfDataset;
        let place = match key {
            Key::Place(at) => at.as_str(),
            Key::Hub(..) => "",
        };
        let word = if dataset { "dataset" } else { "model" };
        let component = Component {
            id: purl.as_ref().map_or_else(|| format!("{word}:{place}"), Purl::to_string),
            version: purl.as_ref().map(|p| p.version().to_string()).unwrap_or_default(),
            purl: purl.as_ref().map(Purl::to_string),
            ecosystem: id.filter(|_| kind != MentionKind::OllamaModel).map(|_| Ecosystem::Huggingface),
            kind: if dataset { Kind::Dataset } else { Kind::Model },
            name: match kind {
                MentionKind::OllamaModel => shown.split(':').next().unwrap_or(shown).to_string(),
                _ => shown.to_string(),
            },
            requested: None,
            scope: Scope::Runtime,
            relationship: if own { Relationship::Root } else { Relationship::Unknown },
            first_party: own,
            locations: Vec::new(),
            source,
            hashes: Vec::new(),
            licenses: Licenses::default(),
            freshness: None,
            model: Some(Box::default()),
        };
        self.joined.push(component)
    }

    /// Notes that the nearest of the project's own packages uses a model, as a file says.
    fn use_by_nearest(&mut self, path: &str, key: Key) {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let user = project::served(self.joined, dir)
            .unwrap_or_else(|| project::top(self.joined, self.name, Location::new(path, None)));
        let uses = self.used.entry((user, place::ceiling(path))).or_default();
        uses.entry(key).or_insert_with(|| path.to_string());
    }

    /// Follows where every model came from, as the tree says and, where it does not, as is known beyond it.
    fn descend(&mut self, lineage: Option<Lineage>) {
        let mut open: Vec<Key> = self.nodes.keys().cloned().collect();
        open.sort();
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for key in open {
                let Some(node) = self.nodes.get(&key) else { continue };
                let mut parents = node.parents.clone();
                if let (true, Some(lineage), Some((id, revision))) = (parents.is_empty(), lineage, &node.id) {
                    parents = lineage(node.kind, id, revision.as_deref());
                }
                let (component, mut descents) = (node.component, Vec::new());
                for (parent, told_by) in &parents {
                    let known = self.nodes.len();
                    let at = self.meet(parent.kind, &parent.id, parent.revision.as_deref());
                    // A model that names itself as its base says nothing.
                    if at == key {
                        continue;
                    }
                    let Some(node) = self.nodes.get(&at) else { continue };
                    let from = self.joined.graph.components[node.component].id.clone();
                    descents.push(Descent { from, derivation: parent.derivation, told_by: told_by.clone() });
                    let place = Location::new(told_by.clone(), None);
                    let parent = &mut self.joined.graph.components[node.component];
                    if parent.locations.is_empty() {
                        parent.locations.push(place);
                    }
                    if self.nodes.len() > known {
                        next.push(at);
                    }
                }
                descents.sort();
                descents.dedup();
                if let Some(node) = self.nodes.get_mut(&key) {
                    node.parents = parents;
                }
                self.joined.graph.components[component].model.get_or_insert_default().origins = descents;
            }
            if next.is_empty() {
                return;
            }
            open = next;
        }
    }

    /// Edges from users to models and from models to what they came from. Users in folders of tests have an origin of
    /// their own, so that a path never claims that a test ships.
    fn edges(&mut self) {
        let graph = &mut self.joined.graph;
        let of: HashMap<&str, usize> = graph
            .components
            .iter()
            .enumerate()
            .filter(|(_, c)| c.model.is_some())
            .map(|(i, c)| (c.id.as_str(), i))
            .collect();
        let parents: Vec<Vec<(usize, Scope)>> = graph
            .components
            .iter()
            .map(|c| {
                let origins = c.model.iter().flat_map(|m| &m.origins);
                // What a model was trained on or from is in its weights, so it ships with them.
                origins.filter_map(|d| Some((*of.get(d.from.as_str())?, Scope::Runtime))).collect()
            })
            .collect();
        let mut new = Vec::new();
        // By the first file that says so and the strongest scope of such files: who uses which model.
        let mut groups: Vec<(String, Scope, Pairs)> = Vec::new();
        for ((user, ceiling), models) in &self.used {
            let path = models.values().min().cloned().unwrap_or_default();
            let to = models.keys().filter_map(|key| Some((*user, self.nodes.get(key)?.component))).collect();
            groups.push((path, *ceiling, to));
        }
        // The project's own model has no user.
        for node in self.nodes.values().filter(|n| graph.components[n.component].first_party) {
            groups.push((String::new(), Scope::Runtime, vec![(node.component, node.component)]));
        }
        // What a package carries is reached wherever the package is.
        let mut carried: HashMap<usize, Vec<usize>> = HashMap::new();
        for (package, model) in &self.in_package {
            carried.entry(*package).or_default().push(*model);
        }
        for edge in &graph.edges {
            for &to in carried.get(&edge.to).into_iter().flatten() {
                let (from, origin) = (edge.to, edge.origin);
                new.push(Edge { from, to, scope: Scope::Runtime, linkage: Linkage::Unknown, origin });
            }
        }
        groups.sort();
        for (path, ceiling, uses) in groups {
            let origin = graph.origins.len();
            let mut seen = BTreeSet::new();
            let mut open: Vec<usize> = Vec::new();
            for (user, model) in uses {
                if user != model {
                    new.push(Edge {
                        from: user,
                        to: model,
                        scope: Scope::Runtime,
                        linkage: Linkage::Unknown,
                        origin,
                    });
                    self.joined.stated[model].push(Stated { origin, scope: None, direct: Some(true) });
                }
                if seen.insert(model) {
                    open.push(model);
                }
            }
            while let Some(model) = open.pop() {
                for &(parent, scope) in &parents[model] {
                    new.push(Edge { from: model, to: parent, scope, linkage: Linkage::Unknown, origin });
                    if seen.insert(parent) {
                        open.push(parent);
                    }
                }
            }
            graph.origins.push(Origin { path, ceiling });
        }
        graph.edges.extend(new);
    }
}

/// Package URLs: the hub has a type of its own, in which datasets lie below a folder; other libraries have none.
fn purl(kind: MentionKind, id: &str, revision: Option<&str>) -> Purl {
    let revision = revision.unwrap_or("");
    match kind {
        MentionKind::HfDataset => Purl::named("huggingface", &format!("datasets/{id}"), revision),
        MentionKind::OllamaModel => {
            let (name, tag) = id.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((id, ""));
            Purl::named("generic", &format!("ollama/{name}"), if tag.is_empty() { revision } else { tag })
        }
        MentionKind::HfModel | MentionKind::WeightFile => Purl::named("huggingface", id, revision),
    }
}

/// Adds what one file says to what reports show of the model.
fn describe(card: &mut ModelCard, fact: &ModelFacts) {
    let weights = fact.bytes.is_some();
    if weights && let Err(at) = card.formats.binary_search_by(|f| f.as_str().cmp(fact.format)) {
        card.formats.insert(at, fact.format.to_string());
    }
    let fill = |slot: &mut Option<String>, value: &Option<String>| {
        if slot.is_none() {
            slot.clone_from(value);
        }
    };
    fill(&mut card.architecture, &fact.architecture);
    fill(&mut card.quantisation, &fact.quantisation);
    fill(&mut card.task, &fact.task);
    fill(&mut card.license_link, &fact.license_link);
    if card.languages.is_empty() {
        card.languages.clone_from(&fact.languages);
    }
    for raw in &fact.licenses {
        let label = (raw.text.clone(), Location::new(fact.path.clone(), raw.line).to_string());
        if !card.labels.contains(&label) {
            card.labels.push(label);
        }
    }
}

/// Parameters of a model. Its shards add up, while further files hold the same weights in other formats or fewer bits.
fn parameters(facts: &[ModelFacts]) -> Option<u64> {
    let shard = |f: &&ModelFacts| f.path.contains("-of-");
    let mut by_format: BTreeMap<&str, u64> = BTreeMap::new();
    for fact in facts.iter().filter(shard) {
        let sum = by_format.entry(fact.format).or_default();
        *sum = sum.saturating_add(fact.parameters.unwrap_or(0));
    }
    let whole = facts.iter().filter(|f| !shard(f)).filter_map(|f| f.parameters).max();
    by_format.into_values().filter(|sum| *sum > 0).max().max(whole)
}

/// How the project itself makes use of a model, by the roles in which its files name it.
pub fn derivation_of(role: MentionRole) -> Option<Derivation> {
    match role {
        MentionRole::Base => Some(Derivation::Finetune),
        MentionRole::MergeInput => Some(Derivation::Merge),
        MentionRole::Teacher => Some(Derivation::Outputs),
        MentionRole::TrainData => Some(Derivation::Trained),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use licit_model::RawLicense;
    use licit_model::found::RawLicenseKind;

    use super::*;
    use crate::resolve::scope;

    fn mention(path: &str, kind: MentionKind, id: &str, role: MentionRole) -> Mention {
        let by = "call".to_string();
        Mention { path: path.into(), line: Some(3), kind, id: id.into(), revision: None, role, by }
    }

    fn parent(id: &str, derivation: Derivation) -> Parent {
        Parent { kind: MentionKind::HfModel, id: id.into(), revision: None, derivation, line: Some(2) }
    }

    fn held(path: &str, place: &str, format: &'static str) -> ModelFacts {
        ModelFacts { path: path.into(), place: place.into(), format, ..ModelFacts::default() }
    }

    fn known(_: MentionKind, id: &str, _: Option<&str>) -> Vec<(Parent, String)> {
        match id {
            "b/derived" => vec![(parent("m/base", Derivation::Finetune), "catalogue".into())],
            "m/base" => vec![(parent("b/derived", Derivation::Merge), "catalogue".into())],
            _ => Vec::new(),
        }
    }

    fn joined(mentions: &[Mention], facts: Vec<ModelFacts>) -> Joined {
        let mut joined = Joined::default();
        let seen = Seen { mentions: mentions.to_vec(), facts, shipped: Vec::new() };
        join(&mut joined, "tree", seen, Some(known));
        scope::settle(&mut joined);
        joined
    }

    fn component<'j>(joined: &'j Joined, id: &str) -> &'j Component {
        let all = joined.graph.components.iter();
        let ids: Vec<&str> = all.clone().map(|c| c.id.as_str()).collect();
        all.clone().find(|c| c.id == id).unwrap_or_else(|| panic!("{id} in {ids:?}"))
    }

    #[test]
    fn a_name_and_a_copy_meet_and_bases_follow() {
        let card = ModelFacts {
            id: Some("A/Tuned".into()),
            revision: Some("abc".into()),
            licenses: vec![RawLicense {
                text: "apache-2.0".into(),
                kind: RawLicenseKind::Expression,
                line: Some(2),
            }],
            origins: vec![parent("b/derived", Derivation::Quantized)],
            ..held(
                "hub/models--A--Tuned/snapshots/abc/README.md",
                "hub/models--A--Tuned/snapshots/abc",
                "card",
            )
        };
        let named = mention("src/app.py", MentionKind::HfModel, "a/tuned", MentionRole::Inference);
        let joined = joined(&[named], vec![card]);
        let tuned = component(&joined, "pkg:huggingface/A/Tuned@abc");
        assert_eq!(tuned.relationship, Relationship::Direct);
        assert_eq!(tuned.model.as_ref().unwrap().roles, [MentionRole::Inference]);
        assert_eq!(tuned.model.as_ref().unwrap().origins[0].from, "pkg:huggingface/b/derived");
        let derived = component(&joined, "pkg:huggingface/b/derived");
        assert_eq!(derived.model.as_ref().unwrap().origins[0].derivation, Derivation::Finetune);
        assert_eq!(derived.relationship, Relationship::Transitive);
        // A circle of claims ends.
        let base = component(&joined, "pkg:huggingface/m/base");
        assert_eq!(base.model.as_ref().unwrap().origins[0].from, derived.id);
        let at = joined.graph.components.iter().position(|c| c.id == base.id).unwrap();
        let path = joined.graph.paths().to(at);
        assert_eq!(path.len(), 4, "tree, tuned, derived, base");
    }

    #[test]
    fn tests_do_not_ship_and_results_are_no_parts() {
        let all = [
            mention("tests/t.py", MentionKind::HfModel, "only/tests", MentionRole::Inference),
            mention("a.yaml", MentionKind::HfModel, "our/result", MentionRole::Output),
            mention("a.yaml", MentionKind::HfDataset, "some/data", MentionRole::TrainData),
            mention("a.py", MentionKind::OllamaModel, "llama3.2:3b", MentionRole::Inference),
        ];
        let joined = joined(&all, Vec::new());
        assert_eq!(component(&joined, "pkg:huggingface/only/tests").scope, Scope::Test);
        let data = component(&joined, "pkg:huggingface/datasets/some/data");
        assert_eq!((data.kind, data.scope), (Kind::Dataset, Scope::Runtime));
        let ollama = component(&joined, "pkg:generic/ollama/llama3.2@3b");
        assert_eq!((ollama.name.as_str(), ollama.version.as_str()), ("llama3.2", "3b"));
        assert_eq!(joined.graph.components.len(), 4);
    }

    #[test]
    fn the_scanned_folder_is_a_model_of_its_own() {
        let mut shards: Vec<ModelFacts> =
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
                .map(|path| ModelFacts {
                    bytes: Some(9),
                    parameters: Some(10),
                    ..held(path, "", "safetensors")
                })
                .into();
        shards.push(ModelFacts { bytes: Some(9), parameters: Some(7), ..held("x.gguf", "", "gguf") });
        shards.push(ModelFacts {
            origins: vec![parent("m/x", Derivation::Adapter)],
            ..held("README.md", "", "card")
        });
        let base = mention("README.md", MentionKind::HfModel, "m/x", MentionRole::Base);
        let joined = joined(&[base], shards);
        let own = component(&joined, "model:");
        assert!(own.first_party && own.name == "tree");
        assert_eq!(own.model.as_ref().unwrap().parameters, Some(20));
        assert_eq!(own.model.as_ref().unwrap().formats, ["gguf", "safetensors"]);
        let base = component(&joined, "pkg:huggingface/m/x");
        assert_eq!(base.relationship, Relationship::Direct);
        assert!(base.model.as_ref().unwrap().roles.is_empty());
        assert_eq!(joined.graph.components.len(), 2, "the card names a base, which is no use by a project");
    }

    #[test]
    fn what_a_package_carries_is_reached_through_it() {
        let mut joined = Joined::default();
        for (name, own) in [("app", true), ("vad", false)] {
            let mut joiner = Joiner {
                joined: &mut joined,
                name,
                nodes: HashMap::new(),
                by_file: HashMap::new(),
                by_place: HashMap::new(),
                used: BTreeMap::new(),
                in_package: Vec::new(),
            };
            let key = Key::Place(name.into());
            let at = joiner.add(MentionKind::HfModel, name, None, None, Source::Unknown, own, &key);
            let component = &mut joined.graph.components[at];
            component.purl = Some(Purl::pypi(name, "1.0").to_string());
            (component.kind, component.model) = (Kind::Library, None);
            (component.ecosystem, component.version) = (Some(Ecosystem::Pypi), "1.0".into());
        }
        joined.graph.origins.push(Origin { path: "uv.lock".into(), ceiling: Scope::Runtime });
        let edge = Edge { from: 0, to: 1, scope: Scope::Dev, linkage: Linkage::Dynamic, origin: 0 };
        joined.graph.edges.push(edge);
        let shipped = Shipped {
            ecosystem: Ecosystem::Pypi,
            name: "vad".into(),
            version: "1.0".into(),
            facts: held("site-packages/vad/a.onnx", "site-packages/vad/a.onnx", "onnx"),
        };
        join(&mut joined, "tree", Seen { shipped: vec![shipped], ..Seen::default() }, None);
        scope::settle(&mut joined);
        let model = component(&joined, "model:site-packages/vad/a.onnx");
        assert_eq!((model.scope, model.relationship), (Scope::Dev, Relationship::Transitive));
        let at = joined.graph.components.iter().position(|c| c.id == model.id).unwrap();
        assert_eq!(joined.graph.paths().to(at).len(), 3);
    }

    #[test]
    fn a_path_is_evidence_of_use_and_no_part_of_its_own() {
        let config =
            ModelFacts { bytes: None, ..held("app/models/heron/config.json", "app/models/heron", "config") };
        let weights = ModelFacts {
            bytes: Some(5),
            ..held("app/models/heron/a.safetensors", "app/models/heron", "safetensors")
        };
        let twins = ["lib/a", "lib/b"].map(|at| ModelFacts {
            bytes: Some(5),
            ..held(&format!("{at}/model.onnx"), &format!("{at}/model.onnx"), "onnx")
        });
        let loads = mention("app/run.py", MentionKind::WeightFile, "app/models/heron", MentionRole::Base);
        let one = mention("lib/run.py", MentionKind::WeightFile, "lib/b/model.onnx", MentionRole::Weights);
        let which = mention("lib/run.py", MentionKind::WeightFile, "model.onnx", MentionRole::Weights);
        let [a, b] = twins;
        let joined = joined(&[loads, one, which], vec![config, weights, a, b]);
        let heron = component(&joined, "model:app/models/heron");
        assert_eq!(heron.model.as_ref().unwrap().roles, [MentionRole::Base]);
        assert!(heron.locations.contains(&Location::new("app/run.py".to_string(), Some(3))));
        assert_eq!(heron.relationship, Relationship::Direct);
        let roles = |id: &str| component(&joined, id).model.as_ref().unwrap().roles.clone();
        assert_eq!(roles("model:lib/b/model.onnx"), [MentionRole::Weights]);
        assert!(
            roles("model:lib/a/model.onnx").is_empty(),
            "which of the two is meant is not known by the name"
        );
        assert_eq!(joined.graph.components.len(), 4, "three models and the project");
    }

    #[test]
    fn a_weight_file_is_found_by_its_name() {
        let file = ModelFacts {
            bytes: Some(5),
            name: Some("Tiny".into()),
            ..held("assets/tiny.gguf", "assets/tiny.gguf", "gguf")
        };
        let named = mention("run.py", MentionKind::WeightFile, "models/tiny.gguf", MentionRole::Weights);
        let lost = mention("run.py", MentionKind::WeightFile, "other.gguf", MentionRole::Weights);
        let joined = joined(&[named, lost], vec![file]);
        let model = component(&joined, "model:assets/tiny.gguf");
        assert_eq!(model.name, "Tiny");
        assert_eq!(model.locations.len(), 2);
        assert_eq!(joined.graph.components.len(), 2);
    }
}
