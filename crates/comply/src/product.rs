//! How the product is shipped: its outbound license and its distribution, told or inferred.

use licit_license::know::scope::Relation;
use licit_license::{Expr, Knowledge};
use licit_model::{Category, Component, Graph};

/// How the product reaches others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Distribution {
    /// Binaries or packages leave the house.
    #[default]
    Binary,
    /// Source leaves the house.
    Source,
    /// Users reach it over a network; nothing is handed out.
    Saas,
    /// Nobody outside uses it.
    Internal,
    /// Binaries leave the house inside a device.
    Embedded,
}

impl Distribution {
    /// All, with the words that flags and `licit.toml` use.
    pub const ALL: [(&'static str, Distribution); 5] = [
        ("binary", Distribution::Binary),
        ("source", Distribution::Source),
        ("saas", Distribution::Saas),
        ("internal", Distribution::Internal),
        ("embedded", Distribution::Embedded),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, d)| *d == self).map_or("binary", |(word, _)| word)
    }

    /// Whether copies leave the house, which is what most reciprocity clauses wait for.
    pub fn conveys(self) -> bool {
        matches!(self, Distribution::Binary | Distribution::Source | Distribution::Embedded)
    }

    /// In a sentence: "as the product is …".
    pub fn phrase(self) -> &'static str {
        match self {
            Distribution::Binary => "distributed as binaries",
            Distribution::Source => "distributed as source",
            Distribution::Saas => "offered over a network",
            Distribution::Internal => "used inside the house only",
            Distribution::Embedded => "shipped inside a device",
        }
    }
}

/// The terms under which the product goes out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outbound {
    /// Under a license, or a choice of them.
    Licensed(Expr),
    /// Under terms of its owner; nothing is open.
    Proprietary,
    /// Nobody said.
    Unknown,
}

impl std::fmt::Display for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outbound::Licensed(expr) => write!(f, "{expr}"),
            Outbound::Proprietary => f.write_str("proprietary"),
            Outbound::Unknown => f.write_str("unknown"),
        }
    }
}

/// What the user says about how some components are used, against what would be inferred.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageRule {
    /// Package URL or name; `*` stands for anything.
    pub component: String,
    /// How it is joined to the product.
    pub relation: Option<Relation>,
    /// Whether it was changed.
    pub modified: Option<bool>,
    /// Whether it reaches others with the product.
    pub shipped: Option<bool>,
    /// Whether its owner gave a permission of its own beside the license.
    pub granted: Option<bool>,
    /// Why, for reports.
    pub reason: String,
}

impl UsageRule {
    /// Whether it speaks of that component.
    pub fn covers(&self, component: &Component) -> bool {
        let purl = component.purl.as_deref().unwrap_or("");
        let bare = purl.split('@').next().unwrap_or("");
        [purl, bare, &component.name, &component.id].iter().any(|text| matches(&self.component, text))
    }
}

/// Whether a text is what a pattern says; `*` stands for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What each kind of change weighs when ways out are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// Another version of the same package.
    pub version: u32,
    /// Another linkage, or a process of its own.
    pub edge: u32,
    /// A move to a known successor.
    pub migrate: u32,
    /// A package that was not there before.
    pub add: u32,
    /// Doing without.
    pub drop: u32,
    /// Another outbound license.
    pub outbound: u32,
}

impl Default for Costs {
    fn default() -> Self {
        Costs { version: 1, edge: 20, migrate: 10, add: 10, drop: 100, outbound: 50 }
    }
}

/// What the user said about the product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The outbound license, if told.
    pub outbound: Option<Outbound>,
    /// Where it was told, in words.
    pub told_by: String,
    /// How it is shipped.
    pub distribution: Distribution,
    /// Whether it serves commercial ends; none where nobody said.
    pub commercial: Option<bool>,
    /// Whether third parties get the functions of its parts as a service; none where nobody said.
    pub third_party_service: Option<bool>,
    /// How components are used, where that differs from what would be inferred. The last one that fits counts.
    pub usage: Vec<UsageRule>,
    /// Weights of changes.
    pub costs: Costs,
}

/// Packages of the project that go out under the same terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their terms.
    pub outbound: Outbound,
    /// Indices of the project's own packages.
    pub roots: Vec<usize>,
}

/// Groups the project's own shipped packages by the terms under which they go out. What the user told holds for all.
pub fn groups(graph: &Graph, plan: &Plan, know: &Knowledge) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let shipped = graph.roots().filter(|&r| graph.components[r].scope.ships());
    for root in shipped {
        let outbound = plan.outbound.clone().unwrap_or_else(|| own_terms(graph, root, know));
        match groups.iter_mut().find(|g| g.outbound == outbound) {
            Some(group) => group.roots.push(root),
            None => groups.push(Group { outbound, roots: vec![root] }),
        }
    }
    groups.sort_by(|a, b| a.outbound.cmp(&b.outbound));
    groups
}

fn own_terms(graph: &Graph, root: usize, know: &Knowledge) -> Outbound {
    let Some(expr) = graph.components[root].licenses.concluded.as_deref().and_then(Expr::parse) else {
        return Outbound::Unknown;
    };
    match expr.category(know) {
        Category::Proprietary => Outbound::Proprietary,
        _ => Outbound::Licensed(expr),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("pkg:npm/*", "pkg:npm/left-pad"));
        assert!(matches("*pad", "pkg:npm/left-pad"));
        assert!(matches("pkg:*/a*c", "pkg:npm/abc"));
        assert!(matches("left-pad", "left-pad") && !matches("left", "left-pad"));
    }
}
