//! The closed vocabularies of a component: kind, scope, linkage, relationship, category, source.

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;

/// What sort of thing a component is; the words are those of the scan document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A package that others link, import or load.
    #[default]
    Library,
    /// Something that runs by itself; the scanned project's own packages are applications.
    Application,
    /// A package of an operating system's package manager.
    OsPackage,
    /// An AI model: weights, adapter or checkpoint.
    Model,
    /// A dataset.
    Dataset,
    /// A single file.
    File,
    /// A container image.
    Container,
}

/// The package manager's world that a component belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// Rust crates.
    Cargo,
    /// JavaScript packages: npm, Yarn and pnpm.
    Npm,
    /// Python distributions.
    Pypi,
    /// Go modules.
    Golang,
    /// Java and its like: Maven, Gradle, sbt.
    Maven,
    /// .NET packages.
    Nuget,
    /// Ruby gems.
    Gem,
    /// PHP packages.
    Composer,
    /// Swift packages.
    Swift,
    /// Pods for Apple systems.
    Cocoapods,
    /// Dart and Flutter packages.
    Pub,
    /// Elixir and Erlang packages.
    Hex,
    /// C and C++ packages of Conan.
    Conan,
    /// Haskell packages.
    Hackage,
    /// JavaScript packages of the registry that Deno brought.
    Jsr,
    /// Container images.
    Docker,
    /// Models and datasets of the hub.
    Huggingface,
    /// Conda packages.
    Conda,
    /// R packages.
    Cran,
    /// Julia packages.
    Julia,
    /// Inputs and packages of Nix.
    Nix,
    /// Providers and modules of Terraform and OpenTofu.
    Terraform,
    /// Helm charts.
    Helm,
    /// Actions that workflows run.
    Githubactions,
    /// OCaml packages.
    Opam,
    /// Perl distributions.
    Cpan,
    /// Lua rocks.
    Luarocks,
    /// C and C++ ports of vcpkg.
    Vcpkg,
    /// Modules of Bazel.
    Bazel,
    /// Repositories that a build fetches or a submodule holds.
    Github,
    /// Sources from an address, of no registry.
    Generic,
    /// Packages of Debian and its like.
    Deb,
    /// Packages of Alpine and its like.
    Apk,
    /// Packages of Red Hat, SUSE and their like.
    Rpm,
    /// Packages of Arch and its like.
    Alpm,
    /// Packages of Gentoo and its like.
    Ebuild,
    /// Formulae that Homebrew installed.
    Brew,
    /// Packages of OpenWrt, Yocto and other small systems.
    Opkg,
}

impl Ecosystem {
    /// All of them.
    pub const ALL: [Ecosystem; 38] = [
        Ecosystem::Cargo,
        Ecosystem::Npm,
        Ecosystem::Pypi,
        Ecosystem::Golang,
        Ecosystem::Maven,
        Ecosystem::Nuget,
        Ecosystem::Gem,
        Ecosystem::Composer,
        Ecosystem::Swift,
        Ecosystem::Cocoapods,
        Ecosystem::Pub,
        Ecosystem::Hex,
        Ecosystem::Conan,
        Ecosystem::Hackage,
        Ecosystem::Jsr,
        Ecosystem::Docker,
        Ecosystem::Huggingface,
        Ecosystem::Conda,
        Ecosystem::Cran,
        Ecosystem::Julia,
        Ecosystem::Nix,
        Ecosystem::Terraform,
        Ecosystem::Helm,
        Ecosystem::Githubactions,
        Ecosystem::Opam,
        Ecosystem::Cpan,
        Ecosystem::Luarocks,
        Ecosystem::Vcpkg,
        Ecosystem::Bazel,
        Ecosystem::Github,
        Ecosystem::Generic,
        Ecosystem::Deb,
        Ecosystem::Apk,
        Ecosystem::Rpm,
        Ecosystem::Alpm,
        Ecosystem::Ebuild,
        Ecosystem::Brew,
        Ecosystem::Opkg,
    ];

    /// The package URL type, which is also the word in the scan document.
    pub fn purl_type(self) -> &'static str {
        match self {
            Ecosystem::Cargo => "cargo",
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pypi",
            Ecosystem::Golang => "golang",
            Ecosystem::Maven => "maven",
            Ecosystem::Nuget => "nuget",
            Ecosystem::Gem => "gem",
            Ecosystem::Composer => "composer",
            Ecosystem::Swift => "swift",
            Ecosystem::Cocoapods => "cocoapods",
            Ecosystem::Pub => "pub",
            Ecosystem::Hex => "hex",
            Ecosystem::Conan => "conan",
            Ecosystem::Hackage => "hackage",
            Ecosystem::Jsr => "jsr",
            Ecosystem::Docker => "docker",
            Ecosystem::Huggingface => "huggingface",
            Ecosystem::Conda => "conda",
            Ecosystem::Cran => "cran",
            Ecosystem::Julia => "julia",
            Ecosystem::Nix => "nix",
            Ecosystem::Terraform => "terraform",
            Ecosystem::Helm => "helm",
            Ecosystem::Githubactions => "githubactions",
            Ecosystem::Opam => "opam",
            Ecosystem::Cpan => "cpan",
            Ecosystem::Luarocks => "luarocks",
            Ecosystem::Vcpkg => "vcpkg",
            Ecosystem::Bazel => "bazel",
            Ecosystem::Github => "github",
            Ecosystem::Generic => "generic",
            Ecosystem::Deb => "deb",
            Ecosystem::Apk => "apk",
            Ecosystem::Rpm => "rpm",
            Ecosystem::Alpm => "alpm",
            Ecosystem::Ebuild => "ebuild",
            Ecosystem::Brew => "brew",
            Ecosystem::Opkg => "opkg",
        }
    }

    /// How a dependency of this ecosystem is joined to the code that uses it, when nothing else is known.
    ///
    /// Rust, Go, Dart, Swift and Haskell put their libraries into the binary. The others load them at run time.
    /// JavaScript may be bundled or not, and pods and C++ libraries come in both forms, which a lockfile does not say.
    pub fn usual_linkage(self) -> Linkage {
        match self {
            Ecosystem::Cargo | Ecosystem::Golang | Ecosystem::Pub | Ecosystem::Swift | Ecosystem::Hackage => {
                Linkage::Static
            }
            Ecosystem::Pypi
            | Ecosystem::Maven
            | Ecosystem::Nuget
            | Ecosystem::Gem
            | Ecosystem::Composer
            | Ecosystem::Hex => Linkage::Dynamic,
            Ecosystem::Julia | Ecosystem::Cran | Ecosystem::Cpan | Ecosystem::Luarocks | Ecosystem::Conda => {
                Linkage::Dynamic
            }
            Ecosystem::Opam => Linkage::Static,
            // A workflow, a provider or a chart runs beside the product.
            Ecosystem::Githubactions | Ecosystem::Terraform | Ecosystem::Helm => Linkage::None,
            // What stands in an image lies beside the product, or under it; weights are data that a program opens.
            Ecosystem::Docker | Ecosystem::Huggingface => Linkage::Unknown,
            Ecosystem::Deb | Ecosystem::Apk | Ecosystem::Rpm | Ecosystem::Nix => Linkage::Unknown,
            Ecosystem::Alpm | Ecosystem::Ebuild | Ecosystem::Brew | Ecosystem::Opkg => Linkage::Unknown,
            Ecosystem::Vcpkg | Ecosystem::Bazel | Ecosystem::Github | Ecosystem::Generic => Linkage::Unknown,
            Ecosystem::Npm | Ecosystem::Jsr | Ecosystem::Cocoapods | Ecosystem::Conan => Linkage::Unknown,
        }
    }
}

/// When a component is needed. Ordered: what ships first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Needed when the product runs, so part of what is shipped.
    #[default]
    Runtime,
    /// Part of the product only when a feature, an extra or a platform asks for it.
    Optional,
    /// Needed to build, not part of the result.
    Build,
    /// Needed by the developers.
    Dev,
    /// Needed by tests, or found in a folder of tests.
    Test,
}

impl Scope {
    /// Whether a component of this scope may be part of what leaves the house.
    pub fn ships(self) -> bool {
        matches!(self, Scope::Runtime | Scope::Optional)
    }

    /// The scope of what is reached over a second edge: a path is only as strong as its weakest edge.
    pub fn then(self, next: Scope) -> Scope {
        self.max(next)
    }

    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Runtime => "runtime",
            Scope::Optional => "optional",
            Scope::Build => "build",
            Scope::Dev => "dev",
            Scope::Test => "test",
        }
    }
}

/// How a dependency is joined to the code that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    /// Copied into the same binary.
    Static,
    /// Loaded when the program runs and replaceable by the user.
    Dynamic,
    /// The files do not say.
    #[default]
    Unknown,
    /// Not joined: a tool.
    None,
}

/// Where a component stands as seen from the project's own packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Relationship {
    /// One of the project's own packages.
    Root,
    /// Asked for by one of the project's own packages.
    Direct,
    /// Brought in by another dependency.
    Transitive,
    /// The files do not say.
    #[default]
    Unknown,
}

/// The class of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Rights are given up.
    PublicDomain,
    /// Notices must be kept; little else is asked.
    Permissive,
    /// Made for data, documents or fonts rather than code, without reciprocity towards code.
    Data,
    /// Reciprocity reaches the files or the library itself.
    WeakCopyleft,
    /// Reciprocity reaches the whole work when it is distributed.
    StrongCopyleft,
    /// Reciprocity also reaches those who use the work over a network.
    NetworkCopyleft,
    /// The source can be read, but fields of use, users or competition are restricted.
    SourceAvailable,
    /// A license written for AI models with terms of its own.
    AiCustom,
    /// No license to the public, or one by agreement only.
    Proprietary,
    /// Nothing is known.
    #[default]
    Unknown,
}

impl Category {
    /// Every category, mildest first; `Unknown` is last because it is the worst to ship.
    pub const ALL: [Category; 10] = [
        Category::PublicDomain,
        Category::Permissive,
        Category::Data,
        Category::WeakCopyleft,
        Category::StrongCopyleft,
        Category::NetworkCopyleft,
        Category::SourceAvailable,
        Category::AiCustom,
        Category::Proprietary,
        Category::Unknown,
    ];

    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            Category::PublicDomain => "public-domain",
            Category::Permissive => "permissive",
            Category::Data => "data",
            Category::WeakCopyleft => "weak-copyleft",
            Category::StrongCopyleft => "strong-copyleft",
            Category::NetworkCopyleft => "network-copyleft",
            Category::SourceAvailable => "source-available",
            Category::AiCustom => "ai-custom",
            Category::Proprietary => "proprietary",
            Category::Unknown => "unknown",
        }
    }
}

/// Where a package's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", tag = "type", content = "at")]
pub enum Source {
    /// The ecosystem's usual registry, or one that the file names.
    Registry(Option<String>),
    /// A repository, with the revision in the fragment where it is known.
    Git(String),
    /// A folder beside the project.
    Path(String),
    /// An archive.
    Url(String),
    /// The file does not say.
    #[default]
    Unknown,
}

/// A checksum as the lockfile states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hash {
    /// Algorithm in CycloneDX's spelling: `SHA-1`, `SHA-256`, `SHA-512`, `MD5` …
    pub algorithm: String,
    /// Lower-case hexadecimal digits.
    pub hex: String,
}

/// What is known of a component's license, each part with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Licenses {
    /// SPDX expression that the package's own metadata states.
    pub declared: Option<String>,
    /// SPDX expression read from license texts.
    pub detected: Option<String>,
    /// SPDX expression that licit judges by.
    pub concluded: Option<String>,
    /// Class of the concluded expression.
    pub category: Category,
    /// Where each of these was read.
    pub evidence: Vec<Evidence>,
}

/// How a version stands among its siblings, where a file or a server says so beside what it was read or asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Freshness {
    /// When the version was published, as the source writes it: a day, or a time by RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// Why it was withdrawn; an empty text where no reason is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// Why it should no longer be used; an empty text where no reason is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The newest version that the source knows or recommends; it may be this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// How many versions there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<u32>,
    /// Who says so: files of the tree, databases, servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

impl Freshness {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        let Freshness { released, yanked, deprecated, newest, releases, sources: _ } = self;
        released.is_none()
            && yanked.is_none()
            && deprecated.is_none()
            && newest.is_none()
            && releases.is_none()
    }

    /// As packages and components hold it; none where nothing is known.
    pub fn known(self) -> Option<Box<Freshness>> {
        (!self.is_empty()).then(|| Box::new(self))
    }

    /// The words that npm's registry puts beside a version that should no longer be used.
    pub fn deprecated(reason: Option<&str>) -> Option<Box<Freshness>> {
        let reason = reason.map(str::trim).filter(|r| !r.is_empty())?;
        Freshness { deprecated: Some(reason.to_string()), ..Freshness::default() }.known()
    }

    /// Adds what another source says of facts that nothing was said of yet.
    pub fn add(&mut self, other: Freshness) {
        let before = self.clone();
        self.released = self.released.take().or(other.released);
        self.yanked = self.yanked.take().or(other.yanked);
        self.deprecated = self.deprecated.take().or(other.deprecated);
        self.newest = self.newest.take().or(other.newest);
        self.releases = self.releases.or(other.releases);
        if *self != before {
            let new = other.sources.into_iter().filter(|s| !before.sources.contains(s));
            self.sources.extend(new);
        }
    }

    /// The facts as one line for evidence; none where nothing is known.
    pub fn line(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.released.as_ref().map(|at| format!("released {at}")));
        let with_reason = |word: &str, reason: &String| match one_line(reason) {
            reason if reason.is_empty() => word.to_string(),
            reason => format!("{word}: {reason}"),
        };
        parts.extend(self.yanked.as_ref().map(|reason| with_reason("yanked", reason)));
        parts.extend(self.deprecated.as_ref().map(|reason| with_reason("deprecated", reason)));
        parts.extend(self.newest.as_ref().map(|version| format!("newest is {version}")));
        parts.extend(self.releases.map(|count| format!("{count} releases")));
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// A reason on one line and of bearable length.
pub fn one_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
