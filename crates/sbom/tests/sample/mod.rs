//! A scan made by hand with one of everything that is awkward in an SBOM.

use licit_model::graph::{Component, Edge, Graph};
use licit_model::scan::{Completeness, GraphDepth, Product, Scan};
use licit_model::{
    Category, Ecosystem, Evidence, Hash, Kind, Licenses, Linkage, Location, Method, Problem, Purl,
    Relationship, Scope, Source,
};
use licit_sbom::DocumentMeta;

/// The package that is the project, if [`scan`] is asked for one.
pub(crate) const ROOT: &str = "pkg:npm/shop@2.4.0";

/// The name of the second package of [`two_roots`], with all that a purl has to encode.
pub(crate) const TOOLS: &str = "outils d'été: a/b";

/// What the caller would say.
pub(crate) fn meta() -> DocumentMeta {
    DocumentMeta {
        tool_version: "0.1.0".into(),
        timestamp: "2026-01-31T12:00:00Z".into(),
        author: None,
        supplier: None,
    }
}

/// A component of which nothing but its identity is known.
pub(crate) fn component(purl: &Purl, ecosystem: Ecosystem, source: Source) -> Component {
    Component {
        id: purl.to_string(),
        purl: Some(purl.to_string()),
        ecosystem: Some(ecosystem),
        kind: Kind::Library,
        name: purl.full_name(),
        version: purl.version().to_string(),
        requested: None,
        scope: Scope::Runtime,
        relationship: Relationship::Transitive,
        first_party: false,
        locations: Vec::new(),
        source,
        hashes: Vec::new(),
        licenses: Licenses::default(),
        freshness: None,
        model: None,
    }
}

fn licenses(
    declared: Option<&str>,
    detected: Option<&str>,
    concluded: Option<&str>,
    category: Category,
) -> Licenses {
    let own = |text: Option<&str>| text.map(str::to_string);
    Licenses {
        declared: own(declared),
        detected: own(detected),
        concluded: own(concluded),
        category,
        evidence: Vec::new(),
    }
}

fn hash(algorithm: &str, digit: char, digits: usize) -> Hash {
    Hash { algorithm: algorithm.into(), hex: std::iter::repeat_n(digit, digits).collect() }
}

/// A project of one package, an npm application with a Rust module, and packages of four ecosystems below it.
pub(crate) fn scan() -> Scan {
    let registry = || Source::Registry(None);
    let mut all = Vec::new();
    let mut add = |mut c: Component, change: &dyn Fn(&mut Component)| {
        change(&mut c);
        all.push(c);
    };

    add(component(&Purl::npm("shop", "2.4.0"), Ecosystem::Npm, Source::Path(String::new())), &|c| {
        c.kind = Kind::Application;
        c.first_party = true;
        c.relationship = Relationship::Root;
        c.locations = vec![Location::new("package.json", Some(2))];
        c.licenses =
            licenses(Some("Apache-2.0"), Some("Apache-2.0"), Some("Apache-2.0"), Category::Permissive);
    });
    add(component(&Purl::npm("@acme/ui", "1.0.0"), Ecosystem::Npm, registry()), &|c| {
        c.relationship = Relationship::Direct;
        c.hashes = vec![hash("SHA-512", 'a', 128), hash("SHA-512", 'a', 128), hash("SHA-256", 'b', 12)];
        let at = |line| Location::new("package-lock.json", Some(line));
        c.locations = vec![at(40), at(12), at(40)];
        c.licenses = licenses(Some("MIT"), Some("MIT"), Some("MIT"), Category::Permissive);
    });
    // The same name in another version.
    add(component(&Purl::npm("@acme/ui", "0.9.0"), Ecosystem::Npm, registry()), &|c| {
        c.hashes = vec![hash("sha512", 'c', 128)];
        c.locations = vec![Location::new("package-lock.json", Some(50))];
        c.licenses = licenses(Some("MIT"), None, Some("ISC"), Category::Permissive);
    });
    let git = "https://bot:s3cret@git.example/forks/parser";
    let forked =
        Purl::cargo("parser", "0.3.1+build.5").with("vcs_url", "git+https://git.example/forks/parser@abc123");
    add(component(&forked, Ecosystem::Cargo, Source::Git(format!("{git}#abc123"))), &|c| {
        c.relationship = Relationship::Direct;
        c.scope = Scope::Optional;
        c.locations = vec![Location::new("native/Cargo.lock", Some(9))];
        let text = Some("MIT or Apache-2.0");
        c.licenses = licenses(text, None, text, Category::Permissive);
    });
    add(component(&Purl::cargo("codec", "1.1.0"), Ecosystem::Cargo, registry()), &|c| {
        c.hashes = vec![hash("SHA-256", 'd', 64)];
        c.locations = vec![Location::new("native/Cargo.lock", Some(20))];
        c.licenses =
            licenses(None, Some("LicenseRef-Acme-EULA"), Some("LicenseRef-Acme-EULA"), Category::Proprietary);
    });
    add(
        component(&Purl::golang("github.com/BurntSushi/toml", "v1.3.2"), Ecosystem::Golang, registry()),
        &|c| {
            c.scope = Scope::Build;
            c.locations = vec![Location::new("tools/go.mod", Some(5))];
            let text = Some("GPL-2.0-only WITH Classpath-exception-2.0");
            c.licenses = licenses(text, None, text, Category::StrongCopyleft);
        },
    );
    add(component(&Purl::pypi("Requests", ""), Ecosystem::Pypi, Source::Unknown), &|c| {
        c.requested = Some(">=2.0,<3".into());
        c.relationship = Relationship::Direct;
        c.scope = Scope::Dev;
        c.locations = vec![Location::new("tools/requirements.txt", Some(1))];
    });
    add(
        component(
            &Purl::npm("left", "3.0.0"),
            Ecosystem::Npm,
            Source::Url("https://cdn.example/left.tgz".into()),
        ),
        &|c| {
            c.hashes = vec![hash("SHA-1", 'e', 40)];
            c.locations = vec![Location::new("package-lock.json", Some(70))];
            c.licenses.evidence = vec![Evidence {
                method: Method::Lockfile,
                location: Location::new("package-lock.json", Some(74)),
                raw: "Custom: ask Left Inc.".into(),
                expression: None,
                sure: true,
                note: None,
                review: None,
            }];
        },
    );
    // Without its scope it would have the name and version of another.
    add(component(&Purl::npm("@types/left", "3.0.0"), Ecosystem::Npm, registry()), &|c| {
        c.scope = Scope::Dev;
        c.locations = vec![Location::new("package-lock.json", Some(85))];
        c.licenses = licenses(Some("GPL-2.0+"), None, Some("GPL-2.0-or-later"), Category::StrongCopyleft);
    });
    // Newer than the list of ids that the schema was published with.
    add(
        component(
            &Purl::npm("fresh", "0.1.0"),
            Ecosystem::Npm,
            Source::Registry(Some("https://npm.example/".into())),
        ),
        &|c| {
            c.locations = vec![Location::new("package-lock.json", Some(80))];
            c.licenses = licenses(Some("Bugroff"), None, Some("Bugroff"), Category::Unknown);
        },
    );
    finish(all)
}

/// The same with a second package of the project's own, under a name that the scan made up.
pub(crate) fn two_roots() -> Scan {
    let mut scan = scan();
    let mut tools = component(&Purl::pypi("x", ""), Ecosystem::Pypi, Source::Path("tools".into()));
    tools.id = "tools".into();
    tools.purl = None;
    tools.name = TOOLS.into();
    tools.kind = Kind::Application;
    tools.first_party = true;
    tools.relationship = Relationship::Root;
    tools.locations = vec![Location::new("tools/requirements.txt", None)];
    let mut all = std::mem::take(&mut scan.graph.components);
    all.push(tools);
    let mut scan = finish(all);
    scan.completeness[1].graph = GraphDepth::DirectOnly;
    scan
}

/// No package of the project's own, and a lockfile that could not be read to its end.
pub(crate) fn no_root() -> Scan {
    let mut scan = scan();
    let all = std::mem::take(&mut scan.graph.components);
    let mut scan = finish(all.into_iter().filter(|c| !c.first_party).collect());
    scan.problems.push(Problem {
        path: "package-lock.json".into(),
        line: Some(90),
        message: "the file ends in the middle of an object".into(),
        loses: true,
    });
    scan
}

fn finish(mut components: Vec<Component>) -> Scan {
    components.sort_by(|a, b| a.id.cmp(&b.id));
    let at =
        |name: &str, version: &str| components.iter().position(|c| c.name == name && c.version == version);
    let mut edges = Vec::new();
    let mut edge = |from: Option<usize>, to: Option<usize>, scope: Scope, origin: usize| {
        if let (Some(from), Some(to)) = (from, to) {
            edges.push(Edge { from, to, scope, linkage: Linkage::Unknown, origin });
        }
    };
    let root = at("shop", "2.4.0");
    let ui = at("@acme/ui", "1.0.0");
    let old = at("@acme/ui", "0.9.0");
    edge(root, ui, Scope::Runtime, 1);
    // The same edge from two files and under two conditions.
    edge(root, ui, Scope::Dev, 1);
    edge(root, ui, Scope::Runtime, 0);
    edge(root, at("parser", "0.3.1+build.5"), Scope::Optional, 0);
    edge(root, at("requests", ""), Scope::Dev, 2);
    edge(root, at(TOOLS, ""), Scope::Runtime, 2);
    edge(at(TOOLS, ""), at("requests", ""), Scope::Runtime, 2);
    edge(at("parser", "0.3.1+build.5"), at("codec", "1.1.0"), Scope::Runtime, 0);
    edge(ui, at("left", "3.0.0"), Scope::Runtime, 1);
    // A circle and a loop.
    edge(at("left", "3.0.0"), old, Scope::Runtime, 1);
    edge(old, at("left", "3.0.0"), Scope::Runtime, 1);
    edge(old, old, Scope::Runtime, 1);
    edge(old, at("fresh", "0.1.0"), Scope::Runtime, 1);
    edge(at("codec", "1.1.0"), at("github.com/BurntSushi/toml", "v1.3.2"), Scope::Build, 0);
    edges.sort_unstable();

    let full = |path: &str, ecosystem| Completeness {
        path: path.into(),
        ecosystem,
        graph: GraphDepth::Full,
        why: "the lockfile names every package and every edge".into(),
    };
    Scan {
        name: "checkout".into(),
        graph: Graph {
            components,
            edges,
            // Nothing in a document depends on which file an edge came from.
            origins: Vec::new(),
        },
        findings: Vec::new(),
        problems: Vec::new(),
        files: Vec::new(),
        completeness: vec![
            full("package-lock.json", Ecosystem::Npm),
            full("tools/requirements.txt", Ecosystem::Pypi),
            full("native/Cargo.lock", Ecosystem::Cargo),
        ],
        product: Product::default(),
        ..Scan::default()
    }
}
