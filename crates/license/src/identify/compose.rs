//! Joins everything that was found in one text to one expression: AND, unless the words say that one may choose.
//!
//! *Invariant*: the ids of the answer never depend on the operators; only what stands between them does. In doubt the
//! parts apply together, because that asks more.

use std::collections::{BTreeMap, BTreeSet};

use super::find::Match;
use super::index::Kind;
use super::modified::modified;
use super::query::Query;
use super::{Found, change};
use crate::expression::{Expr, Term};

mod choice;
#[cfg(test)]
mod tests;

/// A statement together with what the words around it say about its neighbours.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The statement.
    pub(super) found: Found,
    /// Spans of words that it explains, in the order of the text; an end is excluded.
    runs: Vec<(usize, usize)>,
    /// The choice among neighbours that the words around it offer.
    choice: Option<usize>,
    /// What stands between it and the statement before.
    gap: Gap,
}

/// Words between a statement and the one before.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    /// Only words that point to a file or an address.
    plain: bool,
    /// The words begin another subject, such as bundled things, or are too many to be sure that they do not.
    apart: bool,
    /// The statement only says where a word is defined, and puts nothing under its license.
    mention: bool,
}

/// A choice that holds so many words states one of its licenses itself.
const SELF_TOLD: usize = 60;
/// The texts of a choice stand among so many parts beside it.
const REACH: usize = 64;

impl Part {
    /// A statement that a rule found.
    pub(super) fn of_match(found: Found, m: &Match) -> Part {
        let runs = m.runs.iter().map(|r| (r.text, r.text + r.length)).collect();
        Part { found, runs, choice: None, gap: Gap::default() }
    }

    /// A statement at a span of bytes.
    pub(super) fn of_span(found: Found, query: &Query<'_>, span: (usize, usize)) -> Part {
        let first = query.words.partition_point(|w| (w.end as usize) <= span.0);
        let last = query.words.partition_point(|w| (w.start as usize) < span.1);
        Part { found, runs: vec![(first, last.max(first))], choice: None, gap: Gap::default() }
    }

    fn start(&self) -> usize {
        self.runs.first().map_or(0, |r| r.0)
    }

    fn matched(&self) -> usize {
        self.runs.iter().map(|r| r.1 - r.0).sum()
    }

    /// Whether it only names its license.
    fn names(&self) -> bool {
        self.found.kind != Kind::Text && self.matched() < 40
    }
}

/// Brings the parts of one window into the order of their words, and reads the words between and around them.
pub(super) fn read(query: &Query<'_>, parts: &mut [Part]) {
    parts.sort_by(|a, b| a.start().cmp(&b.start()).then_with(|| a.found.license.cmp(&b.found.license)));
    choice::read(query, parts);
}

/// Appends the parts of a further window; its choices are other ones than those before.
pub(super) fn append(all: &mut Vec<Part>, mut more: Vec<Part>) {
    let used = all.iter().filter_map(|p| p.choice).max().map_or(0, |c| c + 1);
    for part in &mut more {
        part.choice = part.choice.map(|c| c + used);
    }
    // What the words between two windows say was read by neither of them.
    if let Some(first) = more.first_mut() {
        first.gap = Gap { apart: true, ..Gap::default() };
    }
    all.append(&mut more);
}

/// What the parts come to: a statement, or several that a choice joins.
struct Node {
    expr: Expr,
    /// The same before texts were taken into its branches.
    said: Expr,
    /// First and last part.
    parts: (usize, usize),
    /// Words of the longest part.
    matched: usize,
    alive: bool,
}

/// One expression for everything that was found.
pub(super) fn compose(parts: &[Part], changes: &[change::Change]) -> Option<String> {
    let (licenses, loose) = licenses(parts, changes);
    let mut nodes: Vec<Node> = Vec::new();
    // The node of each part; parts that are exceptions or changed licenses have none.
    let mut place: Vec<Option<usize>> = vec![None; parts.len()];
    let mut choices: Vec<(usize, usize)> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let Some(expr) = &licenses[i] else { continue };
        let open = part.choice.and_then(|c| choices.iter().rev().find(|(d, _)| *d == c)).map(|(_, n)| *n);
        let at = match open {
            Some(at) => {
                let node = &mut nodes[at];
                node.expr = Expr::any([node.expr.clone(), expr.clone()]);
                node.said = node.expr.clone();
                node.parts.1 = i;
                node.matched = node.matched.max(part.matched());
                at
            }
            None => {
                let matched = part.matched();
                nodes.push(Node {
                    expr: expr.clone(),
                    said: expr.clone(),
                    parts: (i, i),
                    matched,
                    alive: true,
                });
                if let Some(c) = part.choice {
                    // Choices are made of neighbours, so that only the last few are ever looked for.
                    choices.push((c, nodes.len() - 1));
                    if choices.len() > 16 {
                        choices.remove(0);
                    }
                }
                nodes.len() - 1
            }
        };
        place[i] = Some(at);
    }
    for at in 0..nodes.len() {
        if matches!(nodes[at].expr, Expr::Or(_)) && nodes[at].alive {
            absorb(at, &mut nodes, &place, parts);
        }
    }
    mentions(&mut nodes, &place, parts);
    // A choice that took a text of its own into a branch says all that its repetitions say.
    let grown = |n: &&Node| n.alive && n.expr != n.said;
    let fuller: BTreeSet<Expr> = nodes.iter().filter(grown).map(|n| sorted(&n.said)).collect();
    let mut joined: Vec<Expr> = Vec::new();
    let mut seen: BTreeSet<Expr> = BTreeSet::new();
    for node in nodes.into_iter().filter(|n| n.alive) {
        if (node.expr != node.said || !fuller.contains(&sorted(&node.expr)))
            && seen.insert(sorted(&node.expr))
        {
            joined.push(node.expr);
        }
    }
    let mut words: Vec<String> = Vec::new();
    if !joined.is_empty() {
        words.push(Expr::all(joined).to_string());
    }
    words.extend(loose);
    (!words.is_empty()).then(|| words.join(" AND "))
}

/// The license of each part, exceptions attached, and the names that are no part of an expression: licenses that were
/// changed, and exceptions whose license is not there.
fn licenses(parts: &[Part], changes: &[change::Change]) -> (Vec<Option<Expr>>, Vec<String>) {
    let mut known: Vec<(&str, Expr)> = Vec::new();
    let mut seen: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let mut loose: Vec<String> = Vec::new();
    for part in parts {
        let license = part.found.license.as_str();
        if seen.contains_key(license) {
            continue;
        }
        let mut number = None;
        if changes.iter().any(|c| c.base == license) {
            // A changed license is never one branch among others: it asks to be looked at.
            loose.push(modified(license));
        } else if let Some(expr) = Expr::parse(license) {
            number = Some(known.len());
            known.push((license, expr));
        } else {
            // An exception alone is no expression: it belongs to the license that was stated before it.
            match known.iter_mut().rev().find_map(|(_, p)| partner(p, license)) {
                Some(term) => term.with = Some(license.to_string()),
                None => loose.push(license.to_string()),
            }
        }
        seen.insert(license, number);
    }
    // The license may also follow its exception, or be named together with it elsewhere.
    loose.retain(|exception| {
        let named = known.iter().any(|(_, p)| p.terms().iter().any(|t| t.with.as_ref() == Some(exception)));
        match known.iter_mut().find_map(|(_, p)| partner(p, exception)).filter(|_| !named) {
            Some(term) => {
                term.with = Some(exception.clone());
                false
            }
            None => !named,
        }
    });
    let of = |p: &Part| seen.get(p.found.license.as_str()).copied().flatten().map(|n| known[n].1.clone());
    (parts.iter().map(of).collect(), loose)
}

/// Removes the texts of the branches of a choice that follow it, if all of its branches do. What stands before it may
/// be the license of something else.
fn absorb(at: usize, nodes: &mut [Node], place: &[Option<usize>], parts: &[Part]) {
    let Expr::Or(mut branches) = nodes[at].expr.clone() else { return };
    let own = sorted(&nodes[at].expr);
    let mut told = vec![false; branches.len()];
    let mut texts = vec![0usize; branches.len()];
    let mut taken: Vec<usize> = Vec::new();
    let (first, last) = nodes[at].parts;
    for i in first..=last {
        // What the choice is made of may be the texts themselves.
        let member = place[i] == Some(at) && parts[i].found.kind == Kind::Text;
        if let Some(b) = branch(&branches, place[i].map(|n| &nodes[n].expr)).filter(|_| member) {
            texts[b] += 1;
        }
    }
    let mut additions: Vec<(usize, Expr)> = Vec::new();
    let mut take = |i: usize, next: Option<usize>, gap: Gap| -> bool {
        let Some(n) = place[i] else { return !gap.apart };
        let node = &nodes[n];
        if n == at || sorted(&node.expr) == own {
            return !gap.apart;
        }
        let Some(b) = branch(&branches, Some(&node.expr)).filter(|_| node.alive && !gap.apart) else {
            return false;
        };
        let part = &parts[i];
        match part.found.kind {
            Kind::Text => {
                // The same text twice is a license of something else.
                if texts[b] > 0 {
                    return false;
                }
                texts[b] += 1;
            }
            Kind::Notice if part.matched() >= 12 => {}
            _ => {
                let title = next.is_some_and(|j| parts[j].found.license == part.found.license);
                if !gap.plain && !title {
                    return false;
                }
            }
        }
        told[b] = true;
        taken.push(n);
        if !contains_id(&branches[b], &node.expr) {
            additions.push((b, node.expr.clone()));
        }
        true
    };
    for i in (last + 1..parts.len()).take(REACH) {
        if !take(i, Some(i + 1).filter(|j| *j < parts.len()), parts[i].gap) {
            break;
        }
    }
    let partly = told.iter().any(|t| *t) && nodes[at].matched >= SELF_TOLD;
    if !partly && !told.iter().all(|t| *t) {
        return;
    }
    for (b, more) in additions {
        branches[b] = Expr::all([branches[b].clone(), more]);
    }
    nodes[at].expr = Expr::any(branches);
    for n in taken {
        nodes[n].alive = false;
    }
}

/// Removes names that add nothing to a choice: a license that only lends the meaning of a word, and names in a row that
/// are the branches of a choice said elsewhere, such as badges.
fn mentions(nodes: &mut [Node], place: &[Option<usize>], parts: &[Part]) {
    let choices: BTreeSet<Vec<Expr>> = nodes
        .iter()
        .filter(|n| n.alive)
        .filter_map(|n| if let Expr::Or(b) = sorted(&n.said) { Some(b) } else { None })
        .collect();
    let offered: BTreeSet<&Expr> = choices.iter().flatten().collect();
    let mut row: Vec<usize> = Vec::new();
    let end = std::iter::once((None, Gap::default()));
    let names = parts.iter().enumerate().map(|(i, part)| {
        let name = place[i].filter(|n| {
            let single = matches!(nodes[*n].expr, Expr::One(_)) && nodes[*n].parts == (i, i);
            single && nodes[*n].alive && part.names() && part.found.kind != Kind::Notice
        });
        (name, part.gap)
    });
    let names: Vec<(Option<usize>, Gap)> = names.chain(end).collect();
    for (name, gap) in names {
        if name.is_none() || !gap.plain {
            let mut named: Vec<Expr> = row.iter().map(|n| nodes[*n].expr.clone()).collect();
            named.sort();
            named.dedup();
            if choices.contains(&named) {
                row.iter().for_each(|n| nodes[*n].alive = false);
            }
            row.clear();
        }
        if let Some(n) = name {
            if gap.mention && offered.contains(&nodes[n].expr) {
                nodes[n].alive = false;
            } else {
                row.push(n);
            }
        }
    }
}

/// The branch whose license this is, whatever its exception, and whether or not later versions may be taken: that says
/// the notice, not the text.
fn branch(branches: &[Expr], license: Option<&Expr>) -> Option<usize> {
    let Some(Expr::One(license)) = license else { return None };
    let exact = |b: &Expr| matches!(b, Expr::One(term) if term == license);
    let later = license.id.strip_suffix("-only").map(|stem| format!("{stem}-or-later"));
    let like = |b: &Expr| {
        let Expr::One(term) = b else { return false };
        license.with.is_none() && (term.id == license.id || later.as_ref() == Some(&term.id))
    };
    branches.iter().position(exact).or_else(|| branches.iter().position(like))
}

fn contains_id(branch: &Expr, license: &Expr) -> bool {
    let ids: Vec<&str> = branch.terms().iter().map(|t| t.id.as_str()).collect();
    license.terms().iter().all(|t| ids.contains(&t.id.as_str()))
}

/// A choice with its branches in one order, so that two that offer the same are equal.
fn sorted(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    if let Expr::Or(branches) = &mut expr {
        branches.sort();
    }
    expr
}

/// Exceptions to other licenses than those of the GNU family.
const OTHERS: [(&str, &str); 2] = [("LLVM-exception", "Apache-2.0"), ("Swift-exception", "Apache-2.0")];

/// The license in a part that an exception of the SPDX list is meant for.
fn partner<'p>(part: &'p mut Expr, exception: &str) -> Option<&'p mut Term> {
    spdx::exception_id(exception)?;
    match part {
        Expr::One(term) => {
            let meant = match OTHERS.iter().find(|(e, _)| *e == exception) {
                Some((_, license)) => term.id == *license,
                None => ["GPL-", "LGPL-", "AGPL-"].iter().any(|p| term.id.starts_with(p)),
            };
            (meant && term.with.is_none()).then_some(term)
        }
        // In a choice, too, the exception opens only the branch that it is meant for.
        Expr::Or(parts) => parts.iter_mut().find_map(|p| partner(p, exception)),
        Expr::And(_) => None,
    }
}
