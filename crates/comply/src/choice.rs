//! Which branch of each choice of licenses the product takes: chosen for the whole product at once.
//!
//! Components that are offered under the same expression and used alike take the same branch. Each branch has a cost of
//! its own; two parts of one work may also refuse each other. Without such pairs the cheapest branch of each is the best
//! answer; with them a branch-and-bound search over the choices involved finds it, up to a bound that is reported.

use std::collections::HashMap;

use licit_license::know::Reach;
use licit_license::know::scope::Relation;
use licit_license::know::term::{Action, Modality};
use licit_license::{Expr, Knowledge, Term};
use licit_model::Category;

use crate::compatible::Fit;
use crate::parts::Part;
use crate::product::Outbound;
use crate::usage::Usage;
use crate::verdict::{Book, Judged, Verdict, together};

/// Components that are offered under one expression and used alike.
pub(crate) struct Offer {
    /// The expression.
    pub(crate) expr: Expr,
    /// The use.
    pub(crate) usage: Usage,
    /// Every branch, judged by itself.
    pub(crate) branches: Vec<(Vec<Term>, Judged)>,
    /// Positions in the list of parts.
    pub(crate) members: Vec<usize>,
    /// The branch that is taken.
    pub(crate) taken: usize,
}

impl Offer {
    /// The branch that is taken, judged.
    pub(crate) fn judged(&self) -> &Judged {
        &self.branches[self.taken].1
    }

    /// The branch that is taken, in words.
    pub(crate) fn taken(&self) -> String {
        self.branches[self.taken].0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ")
    }
}

/// Two licenses of which one asks for the whole work and refuses the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// Number of the offer that asks.
    pub(crate) asks: usize,
    /// The license that asks.
    pub(crate) license: Term,
    /// Number of the offer that is refused.
    pub(crate) refused: usize,
    /// The license that is refused.
    pub(crate) other: Term,
}

/// Steps of the search before it stops; each looks at one branch of one choice.
const BOUND: usize = 20_000;

/// All offers of a product with the branches that are taken, the clashes that remain, and whether the search was cut.
pub(crate) fn choose(
    parts: &[Part],
    outbound: &Outbound,
    book: &mut Book<'_>,
) -> (Vec<Offer>, Vec<Clash>, bool) {
    let mut offers = offers(parts, outbound, book);
    let play = Play::new(&offers, book);
    let cut = settle(&mut offers, &play, book);
    let clashes = play.clashes(&offers);
    (offers, clashes, cut)
}

fn offers(parts: &[Part], outbound: &Outbound, book: &mut Book<'_>) -> Vec<Offer> {
    let mut by: HashMap<(&Expr, Usage), usize> = HashMap::new();
    let mut offers: Vec<Offer> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let Some(expr) = &part.expr else { continue };
        let number = *by.entry((expr, part.usage)).or_insert_with(|| {
            let branches: Vec<(Vec<Term>, Judged)> = expr
                .branches()
                .into_iter()
                .map(|b| {
                    (b.iter().map(|t| (*t).clone()).collect(), together(&b, outbound, &part.usage, book))
                })
                .collect();
            let taken = (0..branches.len())
                .min_by_key(|b| rank(&branches[*b].0, &branches[*b].1, outbound, book.know))
                .unwrap_or(0);
            offers.push(Offer {
                expr: expr.clone(),
                usage: part.usage,
                branches,
                members: Vec::new(),
                taken,
            });
            offers.len() - 1
        });
        offers[number].members.push(at);
    }
    offers
}

/// How a branch compares with others, the smallest first: conflicts, then what a person has to look at, then limits that
/// may not touch this use but are no open license, then whether it is the product's own license, then its class, so that
/// notices go before source, then the number of duties.
pub(crate) fn rank<T: std::borrow::Borrow<Term>>(
    branch: &[T],
    judged: &Judged,
    outbound: &Outbound,
    know: &Knowledge,
) -> (Verdict, bool, bool, Category, usize) {
    let own = match outbound {
        Outbound::Licensed(o) => branch.iter().all(|t| o.terms().contains(&t.borrow())),
        _ => false,
    };
    let class = branch.iter().map(|t| t.borrow().category(know)).max().unwrap_or_default();
    let limited = class > Category::NetworkCopyleft;
    (judged.verdict.max(Verdict::OkWithObligations), limited, !own, class, judged.owed.len())
}

/// The licenses that may meet in one work, and which of them refuse each other.
///
/// That two parts collide depends on their licenses alone, so the search knows sets of licenses and no pairs of parts.
struct Play {
    /// Licenses that refuse another or are refused by one; a set of them fits into 128 bits.
    terms: Vec<Term>,
    /// By license: those that it refuses.
    refuses: Vec<u128>,
    /// By offer and branch: its licenses that stand inside the work, and those of them that ask for the whole of it.
    branches: Vec<Vec<(u128, u128)>>,
}

impl Play {
    fn new(offers: &[Offer], book: &mut Book<'_>) -> Play {
        let mut inside: Vec<Term> = Vec::new();
        let mut asking: Vec<Term> = Vec::new();
        let add = |list: &mut Vec<Term>, term: &Term| {
            if !list.contains(term) {
                list.push(term.clone());
            }
        };
        for offer in offers.iter().filter(|o| joined(o)) {
            for term in offer.branches.iter().flat_map(|(terms, _)| terms) {
                add(&mut inside, term);
                if asks_for_whole(term, offer, book) {
                    add(&mut asking, term);
                }
            }
        }
        let mut pairs: Vec<(Term, Term)> = Vec::new();
        for license in &asking {
            for other in &inside {
                if license != other && collide(license, other, asking.contains(other), book) {
                    pairs.push((license.clone(), other.clone()));
                }
            }
        }
        let mut terms: Vec<Term> = pairs.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        terms.sort();
        terms.dedup();
        // No real product has so many licenses that collide; those beyond are reported, but not searched over.
        terms.truncate(128);
        let number = |t: &Term| terms.binary_search(t).ok();
        let mut refuses = vec![0u128; terms.len()];
        for (a, b) in &pairs {
            if let (Some(a), Some(b)) = (number(a), number(b)) {
                refuses[a] |= 1 << b;
            }
        }
        let mut branches = Vec::with_capacity(offers.len());
        for offer in offers {
            let mut list = Vec::with_capacity(offer.branches.len());
            for (own, _) in &offer.branches {
                let (mut within, mut asks) = (0u128, 0u128);
                for term in own.iter().filter(|_| joined(offer)) {
                    let Some(n) = number(term) else { continue };
                    within |= 1 << n;
                    if asks_for_whole(term, offer, book) {
                        asks |= 1 << n;
                    }
                }
                list.push((within, asks));
            }
            branches.push(list);
        }
        Play { terms, refuses, branches }
    }

    /// How many pairs of licenses collide, if these are inside and those of them ask for the whole work.
    fn count(&self, inside: u128, asks: u128) -> u64 {
        let each = |n: &usize| asks & (1 << n) != 0;
        (0..self.terms.len()).filter(each).map(|n| u64::from((self.refuses[n] & inside).count_ones())).sum()
    }

    /// Whether a choice can make or mend a collision.
    fn touches(&self, offer: usize) -> bool {
        self.branches[offer].len() > 1 && self.branches[offer].iter().any(|(within, _)| *within != 0)
    }

    /// The collisions of the branches that are taken: one a pair of licenses, with the first offer of each.
    fn clashes(&self, offers: &[Offer]) -> Vec<Clash> {
        let mut clashes = Vec::new();
        let with = |n: usize, asking: bool| {
            (0..offers.len()).filter(move |o| {
                let (within, asks) = self.branches[*o][offers[*o].taken];
                (if asking { asks } else { within }) & (1 << n) != 0
            })
        };
        for a in 0..self.terms.len() {
            if self.refuses[a] == 0 || with(a, true).next().is_none() {
                continue;
            }
            for b in (0..self.terms.len()).filter(|b| self.refuses[a] & (1 << b) != 0) {
                let Some(asks) = with(a, true).next() else { continue };
                clashes.extend(with(b, false).map(|refused| Clash {
                    asks,
                    license: self.terms[a].clone(),
                    refused,
                    other: self.terms[b].clone(),
                }));
            }
        }
        clashes
    }
}

/// Whether the parts of an offer stand inside one conveyed work with others.
fn joined(offer: &Offer) -> bool {
    let relation = offer.usage.relation;
    let inside = [Relation::Static, Relation::Dynamic, Relation::Copied, Relation::Embedded];
    inside.contains(&relation) && offer.usage.conveyed()
}

fn asks_for_whole(term: &Term, offer: &Offer, book: &mut Book<'_>) -> bool {
    let Some(terms) = book.terms(term) else { return false };
    let at = offer.usage.situations();
    terms.reach >= Reach::Work
        && terms.that(Modality::Must, Action::SameLicense).any(|t| {
            let reach = t.scope.and(at);
            !reach.is_empty() && !terms.waivers.iter().any(|w| w.opens(Action::SameLicense, reach))
        })
}

/// Whether a license that asks for the whole work refuses another. Two that both ask refuse each other only if neither
/// accepts the other; what is not settled is asked about elsewhere.
fn collide(license: &Term, other: &Term, both: bool, book: &mut Book<'_>) -> bool {
    let (Some(whole), Some(part)) = (book.terms(license), book.terms(other)) else { return false };
    let refused = !part.open && book.fits(&part, &whole).fit == Fit::No;
    refused && !(both && book.fits(&whole, &part).fit <= Fit::Narrows)
}

/// Takes the branches that cost least together. True where the bound stopped the search.
fn settle(offers: &mut [Offer], play: &Play, book: &Book<'_>) -> bool {
    let taken = |n: usize, offers: &[Offer]| play.branches[n][offers[n].taken];
    let all = (0..offers.len()).map(|n| taken(n, offers)).fold((0, 0), |a, b| (a.0 | b.0, a.1 | b.1));
    if play.count(all.0, all.1) == 0 {
        return false;
    }
    // Choices that touch no collision keep their own cheapest branch; so does what is no choice.
    let mut open: Vec<usize> = (0..offers.len()).filter(|n| play.touches(*n)).collect();
    let fixed = (0..offers.len())
        .filter(|n| !open.contains(n))
        .map(|n| taken(n, offers))
        .fold((0, 0), |a, b| (a.0 | b.0, a.1 | b.1));
    let weight = |(branch, judged): &(Vec<Term>, Judged)| -> u64 {
        let rank = match judged.verdict {
            Verdict::Ok | Verdict::OkWithObligations => 0,
            Verdict::Review => 1_000,
            Verdict::Conflict => CLASH,
        };
        // Further classes weigh more than any number of notices.
        let class = branch.iter().map(|t| t.category(book.know)).max().unwrap_or_default();
        rank + class as u64 * 50 + judged.owed.len().min(49) as u64
    };
    // Where a wrong branch costs most is decided first, so that the bound of the rest is tight.
    let spread = |n: &usize| {
        let costs = offers[*n].branches.iter().map(weight);
        let least = costs.clone().min().unwrap_or(0);
        std::cmp::Reverse(costs.max().unwrap_or(0) - least)
    };
    open.sort_by_key(|n| (spread(n), *n));
    let own: Vec<Vec<u64>> = open.iter().map(|n| offers[*n].branches.iter().map(weight).collect()).collect();
    let mut rest = vec![0u64; open.len() + 1];
    for i in (0..open.len()).rev() {
        rest[i] = rest[i + 1] + own[i].iter().min().copied().unwrap_or(0);
    }
    let first: Vec<usize> = open.iter().map(|n| offers[*n].taken).collect();
    let alone: u64 = first.iter().zip(&own).map(|(b, costs)| costs[*b]).sum();
    let mut search = Search {
        play,
        open: &open,
        own: &own,
        rest: &rest,
        best: (alone + play.count(all.0, all.1) * CLASH, first.clone()),
        taken: first,
        steps: 0,
    };
    search.go(0, 0, fixed);
    let (best, steps) = (search.best.1, search.steps);
    for (n, branch) in open.iter().zip(best) {
        offers[*n].taken = branch;
    }
    steps >= BOUND
}

/// What a collision weighs against duties.
const CLASH: u64 = 1_000_000;

struct Search<'s> {
    play: &'s Play,
    open: &'s [usize],
    own: &'s [Vec<u64>],
    /// The least that the choices from here on cost by themselves.
    rest: &'s [u64],
    best: (u64, Vec<usize>),
    taken: Vec<usize>,
    steps: usize,
}

impl Search<'_> {
    fn go(&mut self, depth: usize, cost: u64, (inside, asks): (u128, u128)) {
        // Licenses are only added on the way down, so collisions of now stay.
        let sure = cost + self.rest[depth] + self.play.count(inside, asks) * CLASH;
        if self.steps >= BOUND || sure >= self.best.0 {
            return;
        }
        if depth == self.open.len() {
            self.best = (sure, self.taken.clone());
            return;
        }
        let number = self.open[depth];
        let mut order: Vec<(u64, usize)> = (0..self.own[depth].len())
            .map(|b| {
                let (within, asking) = self.play.branches[number][b];
                let clashes = self.play.count(inside | within, asks | asking) * CLASH;
                (self.own[depth][b] + clashes, b)
            })
            .collect();
        order.sort_unstable();
        for (_, branch) in order {
            self.steps += 1;
            self.taken[depth] = branch;
            let (within, asking) = self.play.branches[number][branch];
            self.go(depth + 1, cost + self.own[depth][branch], (inside | within, asks | asking));
        }
    }
}
