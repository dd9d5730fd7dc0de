//! The part of the terminal report that is about models and datasets: what each is, under which license, for what the
//! project names it, and from what it came.

use std::io;

use licit_model::{Component, Kind};

use super::{BOLD, DIM, Page, class_style, plural};

/// So many models are shown before the rest is counted.
const SHOWN: usize = 12;

impl Page<'_> {
    pub(super) fn models(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let of_kind = |c: &&Component| matches!(c.kind, Kind::Model | Kind::Dataset);
        let mut all: Vec<&Component> = self.scan.graph.components.iter().filter(of_kind).collect();
        if all.is_empty() {
            return Ok(());
        }
        // What ships is read first, and of it what is not simply permissive.
        all.sort_by_key(|c| (!c.scope.ships(), std::cmp::Reverse(c.licenses.category), &c.name));
        let datasets = all.iter().filter(|c| c.kind == Kind::Dataset).count();
        let models = plural(all.len() - datasets, "model", "models");
        let data = plural(datasets, "dataset", "datasets");
        writeln!(out, "\n{BOLD}AI models and datasets{BOLD:#} {DIM}{models}, {data}{DIM:#}")?;
        let shown = if self.context.verbose { all.len() } else { SHOWN };
        for component in all.iter().take(shown) {
            self.model(component, out)?;
        }
        match all.len().saturating_sub(shown) {
            0 => Ok(()),
            rest => writeln!(out, "  {DIM}and {rest} more; --verbose lists them{DIM:#}"),
        }
    }

    fn model(&self, component: &Component, out: &mut dyn io::Write) -> io::Result<()> {
        let category = component.licenses.category;
        let style = class_style(category);
        let license = self.license(&component.id);
        let pinned = match component.version.as_str() {
            "" => String::new(),
            revision => format!(" {DIM}@ {revision}{DIM:#}"),
        };
        let dataset = if component.kind == Kind::Dataset { " (dataset)" } else { "" };
        let ships = if component.scope.ships() { "" } else { ", not shipped" };
        writeln!(
            out,
            "\n  {BOLD}{}{BOLD:#}{dataset}{pinned}  {style}{license}{style:#}  {DIM}{}{ships}{DIM:#}",
            component.name,
            category.word(),
        )?;
        let Some(card) = &component.model else { return Ok(()) };
        let mut facts: Vec<String> = Vec::new();
        facts.extend(card.architecture.clone());
        facts.extend(card.parameters.map(parameters));
        facts.extend(card.quantisation.clone());
        facts.extend((!card.formats.is_empty()).then(|| card.formats.join(", ")));
        facts.extend(card.task.clone());
        if !facts.is_empty() {
            self.field("is", &facts.join(" · "), out)?;
        }
        let roles: Vec<&str> = card.roles.iter().map(|r| r.word()).collect();
        let places: Vec<String> = component.locations.iter().take(3).map(ToString::to_string).collect();
        let rest = component.locations.len().saturating_sub(places.len());
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        if !places.is_empty() {
            let label = if roles.is_empty() { "at" } else { "used as" };
            let roles = if roles.is_empty() { String::new() } else { format!("{}: ", roles.join(", ")) };
            self.field(label, &format!("{roles}{}{more}", places.join(", ")), out)?;
        }
        for descent in &card.origins {
            let from =
                self.names.get(descent.from.as_str()).map_or(descent.from.as_str(), |c| c.name.as_str());
            let license = self.license(&descent.from);
            let how = descent.derivation.word();
            self.field("from", &format!("{from} ({how}; {license}), as {} says", descent.told_by), out)?;
        }
        Ok(())
    }
}

/// A count of parameters as people speak of it.
fn parameters(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    let unit = UNITS.into_iter().find(|(size, _)| count >= *size);
    match unit {
        Some((size, letter)) => {
            let tenths = (count / (size / 10)).max(10);
            format!("{}.{}{letter} parameters", tenths / 10, tenths % 10)
        }
        None => format!("{count} parameters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rounded_down() {
        assert_eq!(parameters(6_738_415_616), "6.7B parameters");
        assert_eq!(parameters(124_439_808), "124.4M parameters");
        assert_eq!(parameters(1_000), "1.0k parameters");
        assert_eq!(parameters(12), "12 parameters");
    }
}
