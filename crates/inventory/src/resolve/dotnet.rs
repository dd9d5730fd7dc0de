//! What only .NET needs: properties and central versions from the folders above, and one spelling of each name.

use std::collections::{BTreeMap, HashMap};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, Requirement, Scope};

use crate::extract::msbuild::is_project;
use crate::extract::nuget::folded;

/// Properties inside properties.
const NESTING: usize = 16;
/// Longer values are no versions.
const VALUE: usize = 512;

/// Fills in what project files take from the folders above them, and joins them with their lockfiles.
pub(super) fn settle(found: &mut [Found]) {
    if !found.iter().any(|f| f.ecosystem == Some(Ecosystem::Nuget)) {
        return;
    }
    inherit(found);
    spell(found);
    scopes_of_locks(found);
}

/// By folder: the files that MSBuild includes there.
type Above = HashMap<String, Vec<usize>>;

fn inherit(found: &mut [Found]) {
    let is_msbuild = |f: &Found| f.extractor == "msbuild" && f.manifest.is_some();
    let name = |f: &Found| f.path.rsplit('/').next().unwrap_or("").to_string();
    let (projects, included): (Vec<usize>, Vec<usize>) =
        (0..found.len()).filter(|&i| is_msbuild(&found[i])).partition(|&i| is_project(&name(&found[i])));
    let mut above = Above::new();
    for &index in &included {
        above.entry(found[index].dir().to_string()).or_default().push(index);
    }
    let facts: Facts =
        projects.iter().chain(&included).map(|&index| (index, Fact::new(&found[index]))).collect();
    let mut used = vec![false; found.len()];
    let mut changes: Vec<(usize, Vec<Requirement>, Option<String>)> = Vec::new();
    for &project in &projects {
        let chain = chain(project, &above, found);
        chain.iter().for_each(|&i| used[i] = true);
        let Some(manifest) = &found[project].manifest else { continue };
        let line = manifest.package.line;
        let tests = manifest.requirements.iter().any(|r| r.scope == Scope::Test);
        let shared =
            chain.iter().skip(1).filter_map(|&i| found[i].manifest.as_ref()).flat_map(|m| &m.requirements);
        // What every project of a folder asks for has no line in the project's own file.
        let shared = shared.filter(|r| r.path.is_none()).map(|r| Requirement { line, ..r.clone() });
        let own = manifest.requirements.iter().cloned();
        let settled = own.chain(shared).map(|requirement| {
            let scope = if tests { requirement.scope.then(Scope::Test) } else { requirement.scope };
            let range = if requirement.range.is_empty() && requirement.path.is_none() {
                offered(&requirement.name, &chain, &facts)
            } else {
                requirement.range.clone()
            };
            let range = fill(&range, &chain, &facts);
            Requirement { range, scope, inherited: false, ..requirement }
        });
        let settled: Vec<Requirement> = settled.collect();
        let version = manifest.package.purl.version.is_none().then(|| {
            let stated = ["Version", "VersionPrefix"].iter().find_map(|key| property(key, &chain, &facts));
            stated.map(|v| fill(v, &chain, &facts)).filter(|v| !v.contains("$(") && v.len() <= VALUE)
        });
        changes.push((project, settled, version.flatten()));
    }
    // Included files that no project lies below: what they pin counts as used.
    for &index in included.iter().filter(|&&i| !used[i]) {
        let Some(manifest) = &found[index].manifest else { continue };
        let all = manifest.requirements.iter().chain(&manifest.workspace_requirements).cloned();
        let filled = all.map(|r| {
            let listed =
                if r.range.is_empty() { offered(&r.name, &[index], &facts) } else { r.range.clone() };
            Requirement { range: fill(&listed, &[index], &facts), inherited: false, ..r }
        });
        let mut known = std::collections::HashSet::new();
        let kept: Vec<Requirement> =
            filled.filter(|r| known.insert((folded(&r.name), r.range.clone()))).collect();
        changes.push((index, kept, None));
    }
    for &index in included.iter().filter(|&&i| used[i]) {
        changes.push((index, Vec::new(), None));
    }
    for (index, requirements, version) in changes {
        let odd: Vec<_> = requirements
            .iter()
            .filter(|r| r.range.contains("$("))
            .map(|r| (r.line, r.name.clone(), r.range.clone()))
            .collect();
        for (line, name, range) in odd {
            found[index]
                .odd(line, format!("the version of {name} is `{range}`, a property that nobody sets"));
        }
        if let Some(manifest) = &mut found[index].manifest {
            manifest.requirements = requirements;
            manifest.workspace_requirements.clear();
            if let Some(version) = version {
                manifest.package.purl.version = Some(version);
            }
        }
    }
}

/// A project file and what MSBuild includes for it, nearest first. MSBuild stops at the nearest file of a name; that
/// file usually includes the next one above it, so all are read.
fn chain(project: usize, above: &Above, found: &[Found]) -> Vec<usize> {
    let mut chain = vec![project];
    let mut dir = Some(found[project].dir());
    while let Some(at) = dir {
        chain.extend(above.get(at).into_iter().flatten());
        dir = match at.rsplit_once('/') {
            Some((parent, _)) => Some(parent),
            None if at.is_empty() => None,
            None => Some(""),
        };
    }
    chain
}

/// By file: what it offers to others, by folded name.
type Facts = HashMap<usize, Fact>;

struct Fact {
    offers: HashMap<String, String>,
    properties: HashMap<String, String>,
}

impl Fact {
    fn new(file: &Found) -> Self {
        let mut fact = Fact { offers: HashMap::new(), properties: HashMap::new() };
        let Some(manifest) = &file.manifest else { return fact };
        for offer in manifest.workspace_requirements.iter().filter(|o| !o.range.is_empty()) {
            fact.offers.entry(folded(&offer.name)).or_insert_with(|| offer.range.clone());
        }
        for (key, value) in &manifest.inherits.properties {
            fact.properties.entry(folded(key)).or_insert_with(|| value.clone());
        }
        fact
    }
}

/// The version that a central list gives a package; empty where none does.
fn offered(name: &str, chain: &[usize], facts: &Facts) -> String {
    let name = folded(name);
    chain.iter().find_map(|i| facts.get(i)?.offers.get(&name)).cloned().unwrap_or_default()
}

fn property<'f>(key: &str, chain: &[usize], facts: &'f Facts) -> Option<&'f str> {
    let key = folded(key);
    chain.iter().find_map(|i| facts.get(i)?.properties.get(&key)).map(String::as_str)
}

/// The text with its properties put in; what nobody sets stays as it is written.
fn fill(text: &str, chain: &[usize], facts: &Facts) -> String {
    let mut text = text.to_string();
    for _ in 0..NESTING {
        if text.len() > VALUE {
            break;
        }
        let Some((before, rest)) = text.split_once("$(") else { break };
        let Some((key, behind)) = rest.split_once(')') else { break };
        let Some(value) = property(key, chain, facts) else { break };
        text = format!("{before}{value}{behind}");
    }
    text
}

/// Gives each package the same spelling in every file: that of a lockfile, where one names it.
fn spell(found: &mut [Found]) {
    let mut spelling: HashMap<String, String> = HashMap::new();
    let mine = |f: &&Found| f.ecosystem == Some(Ecosystem::Nuget);
    let projects =
        found.iter().filter(mine).filter_map(|f| f.manifest.as_ref()).map(|m| &m.package.purl.name);
    // Lockfiles fold the names of projects, so the project files come first.
    let locked = found.iter().filter(mine).flat_map(|f| f.packages.iter().map(|p| &p.purl.name));
    let asked = found.iter().filter(mine).filter_map(|f| f.manifest.as_ref());
    let asked = asked.flat_map(|m| m.requirements.iter().map(|r| &r.name));
    for name in projects.chain(locked).chain(asked).filter(|n| !n.is_empty()) {
        spelling.entry(folded(name)).or_insert_with(|| name.clone());
    }
    let spelled = |name: &mut String| {
        if let Some(known) = spelling.get(&folded(name)).filter(|known| *known != name) {
            name.clone_from(known);
        }
    };
    for file in found.iter_mut().filter(|f| f.ecosystem == Some(Ecosystem::Nuget)) {
        file.packages.iter_mut().for_each(|p| spelled(&mut p.purl.name));
        file.keys.iter_mut().for_each(|(key, _)| spelled(key));
        if let Some(manifest) = &mut file.manifest {
            manifest.requirements.iter_mut().for_each(|r| spelled(&mut r.name));
        }
    }
}

/// A lockfile knows what is asked for but not for what; the project file beside it does.
fn scopes_of_locks(found: &mut [Found]) {
    let mut asked: BTreeMap<(String, String), Scope> = BTreeMap::new();
    for file in found.iter().filter(|f| f.extractor == "msbuild") {
        for requirement in file.manifest.iter().flat_map(|m| &m.requirements) {
            let key = (file.dir().to_string(), requirement.name.clone());
            asked.entry(key).and_modify(|s| *s = (*s).min(requirement.scope)).or_insert(requirement.scope);
        }
    }
    for file in found.iter_mut().filter(|f| f.extractor == "packages-lock" && f.role == Role::Lock) {
        let dir = file.dir().to_string();
        for package in file.packages.iter_mut().filter(|p| p.direct == Some(true)) {
            package.scope = asked.get(&(dir.clone(), package.purl.name.clone())).copied();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::msbuild::MsBuild;
    use crate::extract::packages_lock::PackagesLock;
    use crate::extract::{Extractor, File};

    fn read(path: &str, inside: &str) -> Found {
        let mut found = Found::new(path, "msbuild");
        let text = format!("<Project><ItemGroup>{inside}</ItemGroup></Project>");
        MsBuild.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }

    fn asks(found: &Found) -> Vec<String> {
        let requirements = &found.manifest.as_ref().unwrap().requirements;
        requirements.iter().map(|r| format!("{} {} {}", r.name, r.range, r.scope.word())).collect()
    }

    #[test]
    fn central_versions_and_properties() {
        let mut found = vec![
            read(
                "src/a/A.csproj",
                "<PackageReference Include='x.y'/><PackageReference Include='Own' Version='$(v)'/><PackageReference Include='Lost'/>",
            ),
            read(
                "Directory.Packages.props",
                "<PackageVersion Include='X.Y' Version='$(v)'/><PackageVersion Include='Unused' Version='9'/><GlobalPackageReference Include='Tool' Version='3'/>",
            ),
            read(
                "src/Directory.Build.props",
                "</ItemGroup><PropertyGroup><v>1.2.3</v><Version>$(v)</Version></PropertyGroup><ItemGroup>",
            ),
        ];
        settle(&mut found);
        assert_eq!(
            asks(&found[0]),
            ["x.y 1.2.3 runtime", "Own 1.2.3 runtime", "Lost  runtime", "Tool 3 dev"]
        );
        assert_eq!(found[0].manifest.as_ref().unwrap().package.purl.version(), "1.2.3");
        assert!(asks(&found[1]).is_empty());
        let mut alone = vec![read("Directory.Packages.props", "<PackageVersion Include='X.Y' Version='1'/>")];
        settle(&mut alone);
        assert_eq!(asks(&alone[0]), ["X.Y 1 runtime"]);
    }

    #[test]
    fn locks_learn_scopes_and_spelling() {
        let text = "{\"dependencies\":{\"net8.0\":{\"Acme.Tool\":{\"type\":\"Direct\",\"resolved\":\"1.0.0\"},\"shop.core\":{\"type\":\"Project\"}}}}";
        let mut lock = Found::new("web/packages.lock.json", "packages-lock");
        PackagesLock.extract(&File::new("web/packages.lock.json", text.as_bytes()), &mut lock);
        let mut found = vec![
            lock,
            read(
                "web/Web.csproj",
                "<PackageReference Include='acme.tool' Version='1.0.0' ExcludeAssets='runtime'/><ProjectReference Include='..\\core\\Shop.Core.csproj'/>",
            ),
            read("core/Shop.Core.csproj", ""),
        ];
        settle(&mut found);
        assert_eq!(found[0].packages[0].scope, Some(Scope::Build));
        assert_eq!(found[0].packages[1].purl.name, "Shop.Core");
        assert_eq!(found[0].keys[1].0, "Shop.Core");
        assert_eq!(asks(&found[1])[0], "Acme.Tool 1.0.0 build");
    }

    #[test]
    fn properties_in_rings_end() {
        let props = "</ItemGroup><PropertyGroup><a>$(b)$(b)</a><b>$(a)$(a)</b></PropertyGroup><ItemGroup>";
        let mut found =
            vec![read("A.csproj", &format!("{props}<PackageReference Include='x' Version='$(a)'/>"))];
        settle(&mut found);
        assert_eq!(found[0].problems.len(), 1);
    }
}
