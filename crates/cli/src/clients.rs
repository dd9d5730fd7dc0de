//! The user's registries, read from the configuration files and variables of the package managers.
//!
//! What files and variables mean is known in `licit_remote::config`; here is only where they are.

use std::path::{Path, PathBuf};

use licit_remote::Registries;
use licit_remote::config::{Trust, cargo, composer, gems, goproxy, maven, npmrc, nuget, pip};

/// A longer file is no configuration.
const LONGEST: u64 = 1 << 20;

/// Files with who wrote them, the weightiest last.
type Files = Vec<(Trust, String)>;

/// Everything that is configured for the user and for the scanned tree.
pub(crate) fn registries(scanned: &Path) -> Registries {
    let tree = if scanned.is_file() { scanned.parent().unwrap_or(scanned) } else { scanned };
    let npm = npm_files(tree);
    let pip_texts: Vec<String> = pip_files().iter().filter_map(|p| read(p)).collect();
    let cargo = cargo_files(tree);
    let maven: Vec<String> = maven_files().iter().filter_map(|p| read(p)).collect();
    let nuget = nuget_files(tree);
    let go = |name: &str| variable(name).or_else(|| goproxy::in_env_file(&read(&go_env()?)?, name));
    Registries {
        npm: npmrc::read(&borrowed(&npm), &variable),
        pip: pip::read(
            &pip_texts.iter().map(String::as_str).collect::<Vec<_>>(),
            variable("PIP_INDEX_URL").as_deref(),
            variable("PIP_EXTRA_INDEX_URL").as_deref(),
            variable("PIP_NO_INDEX").as_deref(),
        ),
        cargo: cargo::read(&borrowed(&cargo), &variable),
        maven: maven::read(&maven.iter().map(String::as_str).collect::<Vec<_>>(), &variable),
        nuget: nuget::read(&borrowed(&nuget), &variable),
        gems: gems(),
        composer: composer(tree),
        go: goproxy::read(go("GOPROXY").as_deref(), go("GOPRIVATE").as_deref(), go("GONOPROXY").as_deref()),
    }
}

fn borrowed(files: &Files) -> Vec<(Trust, &str)> {
    files.iter().map(|(trust, text)| (*trust, text.as_str())).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn path_of(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

fn home(below: &str) -> Option<PathBuf> {
    Some(path_of("HOME").or_else(|| path_of("USERPROFILE"))?.join(below))
}

/// A file below the folder of the user's configuration.
fn configured(below: &str) -> Option<PathBuf> {
    match path_of("XDG_CONFIG_HOME").filter(|p| p.is_absolute()) {
        Some(folder) => Some(folder.join(below)),
        None => home(&format!(".config/{below}")),
    }
}

/// A file of reasonable size; a missing or unreadable one says nothing, as to the client itself.
fn read(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > LONGEST {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// The user's files and then the tree's, each where it can be read. A link in the tree could show a file outside it, so
/// it is not followed.
fn files(own: &[Option<PathBuf>], of_tree: &[PathBuf]) -> Files {
    let mut files: Files = own.iter().flatten().filter_map(|p| Some((Trust::User, read(p)?))).collect();
    let plain = |path: &&PathBuf| std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    files.extend(of_tree.iter().filter(plain).filter_map(|p| Some((Trust::Tree, read(p)?))));
    files
}

fn npm_files(tree: &Path) -> Files {
    let own = path_of("NPM_CONFIG_USERCONFIG")
        .or_else(|| path_of("npm_config_userconfig"))
        .or_else(|| home(".npmrc"));
    // The home folder may itself be scanned; its file is the user's own then.
    let of_tree = tree.join(".npmrc");
    let same = own.as_ref().and_then(|o| o.canonicalize().ok()) == of_tree.canonicalize().ok();
    let mut files = files(
        &[path_of("NPM_CONFIG_GLOBALCONFIG"), own],
        if same { &[] } else { std::slice::from_ref(&of_tree) },
    );
    if let Some(registry) = variable("NPM_CONFIG_REGISTRY").or_else(|| variable("npm_config_registry")) {
        files.push((Trust::User, format!("registry={registry}\n")));
    }
    files
}

fn pip_files() -> Vec<PathBuf> {
    let all = [
        Some(PathBuf::from("/etc/pip.conf")),
        Some(PathBuf::from("/etc/xdg/pip/pip.conf")),
        path_of("ProgramData").map(|p| p.join("pip/pip.ini")),
        home(".pip/pip.conf"),
        home("Library/Application Support/pip/pip.conf"),
        configured("pip/pip.conf"),
        path_of("APPDATA").map(|p| p.join("pip/pip.ini")),
        path_of("VIRTUAL_ENV").map(|p| p.join("pip.conf")),
        path_of("PIP_CONFIG_FILE"),
    ];
    all.into_iter().flatten().collect()
}

fn cargo_files(tree: &Path) -> Files {
    let cargo = path_of("CARGO_HOME").or_else(|| home(".cargo"));
    let below = |name: &str| cargo.as_ref().map(|c| c.join(name));
    let own = ["config", "config.toml", "credentials", "credentials.toml"].map(below);
    let of_tree = tree.join(".cargo");
    if cargo.as_ref().and_then(|c| c.canonicalize().ok()) == of_tree.canonicalize().ok() && of_tree.exists() {
        return files(&own, &[]);
    }
    files(&own, &[of_tree.join("config"), of_tree.join("config.toml")])
}

fn maven_files() -> Vec<PathBuf> {
    let all = [path_of("MAVEN_HOME").map(|m| m.join("conf/settings.xml")), home(".m2/settings.xml")];
    all.into_iter().flatten().collect()
}

fn nuget_files(tree: &Path) -> Files {
    let own = [
        home(".nuget/NuGet/NuGet.Config"),
        configured("NuGet/NuGet.Config"),
        path_of("APPDATA").map(|p| p.join("NuGet/NuGet.Config")),
    ];
    files(&own, &["nuget.config", "NuGet.config", "NuGet.Config"].map(|name| tree.join(name)))
}

/// RubyGems' and Bundler's own files; a project's `.bundle/config` belongs to the tree, which has no say here.
fn gems() -> gems::Gems {
    let texts = |files: &[Option<PathBuf>]| -> Vec<String> {
        files.iter().flatten().filter_map(|p| read(p)).collect()
    };
    let gemrc = [
        Some(PathBuf::from("/etc/gemrc")),
        home(".gemrc"),
        configured("gem/gemrc").filter(|p| p.is_file()),
        path_of("GEMRC"),
    ];
    let bundler = [
        home(".bundle/config"),
        path_of("BUNDLE_USER_HOME").map(|h| h.join("config")),
        path_of("BUNDLE_USER_CONFIG"),
    ];
    let (gemrc, bundler) = (texts(&gemrc), texts(&bundler));
    // A variable that is no text cannot be an address either.
    let of_bundler = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|n| n.starts_with("BUNDLE_"))?;
        Some((name, value.into_string().ok()?))
    });
    gems::read(
        &gemrc.iter().map(String::as_str).collect::<Vec<_>>(),
        &bundler.iter().map(String::as_str).collect::<Vec<_>>(),
        &of_bundler.collect::<Vec<_>>(),
    )
}

/// Composer's own files, and what the tree's `composer.json` names, which comes first for Composer too.
fn composer(tree: &Path) -> composer::Composer {
    let homes = match path_of("COMPOSER_HOME") {
        Some(own) => vec![own],
        None => [configured("composer"), home(".composer"), path_of("APPDATA").map(|a| a.join("Composer"))]
            .into_iter()
            .flatten()
            .collect(),
    };
    let found = homes.iter().find(|h| h.is_dir());
    let below = |name: &str| found.map(|h| h.join(name));
    let mut all = files(&[below("config.json")], &[tree.join("composer.json")]);
    // Composer asks a project's repositories before the user's.
    all.reverse();
    let auth: Vec<String> =
        below("auth.json").and_then(|p| read(&p)).into_iter().chain(variable("COMPOSER_AUTH")).collect();
    composer::read(&borrowed(&all), &auth.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Where `go env -w` writes.
fn go_env() -> Option<PathBuf> {
    match path_of("GOENV") {
        Some(file) if file.as_os_str() == "off" => None,
        Some(file) => Some(file),
        None => configured("go/env"),
    }
}
