//! How the product is shipped: its outbound license and its distribution, told or inferred.

use licit_license::{Expr, Knowledge};
use licit_model::{Category, Graph};

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

/// What the user said about the product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The outbound license, if told.
    pub outbound: Option<Outbound>,
    /// Where it was told, in words.
    pub told_by: String,
    /// How it is shipped.
    pub distribution: Distribution,
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
