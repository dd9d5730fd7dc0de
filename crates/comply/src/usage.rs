//! How a component is used by the product: the situations and facts that its terms are held against.
//!
//! In a graph this is inferred from the ecosystem, the edge and the way the product is shipped, and said with its
//! reason; `licit.toml` overrules it. For single questions it is read from words such as `static-link;distribute-binary`.

use licit_license::know::scope::{Event, Form, Relation, Scope};
use licit_license::know::term::Facts;
use licit_model::{Component, Ecosystem, Linkage};

use crate::product::Distribution;

/// One use of one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Usage {
    /// How it is joined to the work.
    pub relation: Relation,
    /// The shape in which it is passed on.
    pub form: Form,
    /// What is done, as a set of [`Event`]s.
    events: u8,
    /// Facts that are given.
    pub given: Facts,
    /// Facts that are known not to be given.
    pub absent: Facts,
    /// Whether it comes with the operating system and is not shipped.
    pub system_library: bool,
    /// Whether the product is conveyed and loads it, while those who receive the product fetch it themselves.
    pub fetched: bool,
    /// Whether whoever holds the rights gave a permission of its own that has to be looked at.
    pub grant: bool,
}

impl Usage {
    /// A use without any event.
    pub fn new(relation: Relation, form: Form) -> Usage {
        Usage {
            relation,
            form,
            events: 0,
            given: Facts::NONE,
            absent: Facts::NONE,
            system_library: false,
            fetched: false,
            grant: false,
        }
    }

    /// The same with one more event.
    #[must_use]
    pub fn on(mut self, event: Event) -> Usage {
        self.events |= 1 << event as u8;
        self
    }

    /// The same without an event.
    #[must_use]
    pub fn without(mut self, event: Event) -> Usage {
        self.events &= !(1 << event as u8);
        self
    }

    /// The same in another relation.
    #[must_use]
    pub fn by(mut self, relation: Relation) -> Usage {
        self.relation = relation;
        self
    }

    /// Whether an event takes place.
    pub fn has(&self, event: Event) -> bool {
        self.events & (1 << event as u8) != 0
    }

    /// Whether copies of the work that holds it reach others.
    pub fn conveyed(&self) -> bool {
        self.has(Event::Convey)
    }

    /// The situations as a set.
    pub fn situations(&self) -> Scope {
        let events: Vec<Event> = Event::ALL.iter().map(|(_, e)| *e).filter(|e| self.has(*e)).collect();
        if events.is_empty() { Scope::NONE } else { Scope::of(&[self.relation], &[self.form], &events) }
    }

    /// The situations of one event.
    pub fn during(&self, event: Event) -> Scope {
        if self.has(event) { Scope::of(&[self.relation], &[self.form], &[event]) } else { Scope::NONE }
    }
}

/// How a component of a graph is used, from the edge by which it is reached and the way the product is shipped.
pub fn inferred(component: &Component, linkage: Linkage, distribution: Distribution) -> Usage {
    let relation = match linkage {
        Linkage::Static => Relation::Static,
        Linkage::Dynamic => Relation::Dynamic,
        Linkage::None => Relation::Process,
        // A bundler or a linker may or may not have put it into one file: the stricter of the two.
        Linkage::Unknown if component.ecosystem.is_some_and(may_be_linked_in) => Relation::Static,
        Linkage::Unknown => Relation::Dynamic,
    };
    let relation = match component.kind {
        licit_model::Kind::Container | licit_model::Kind::OsPackage => Relation::Aggregate,
        licit_model::Kind::Model | licit_model::Kind::Dataset => Relation::Aggregate,
        _ => relation,
    };
    shipped(Usage::new(relation, Form::Object), distribution)
}

/// Whether the tools of an ecosystem put a dependency into the product's own file or beside it, as the project pleases.
fn may_be_linked_in(ecosystem: Ecosystem) -> bool {
    matches!(
        ecosystem,
        Ecosystem::Npm
            | Ecosystem::Jsr
            | Ecosystem::Cocoapods
            | Ecosystem::Conan
            | Ecosystem::Vcpkg
            | Ecosystem::Bazel
            | Ecosystem::Github
            | Ecosystem::Generic
    )
}

/// The events of a way of shipping.
pub fn shipped(usage: Usage, distribution: Distribution) -> Usage {
    let mut usage = usage.on(Event::Production).on(Event::Internal);
    match distribution {
        Distribution::Binary => usage = usage.on(Event::Convey),
        Distribution::Source => {
            usage = usage.on(Event::Convey);
            usage.form = Form::Source;
        }
        Distribution::Embedded => {
            usage = usage.on(Event::Convey);
            usage.given = usage.given.and(Facts::USER_PRODUCT);
        }
        Distribution::Saas => {
            usage = usage.on(Event::Host);
            usage.form = Form::Service;
        }
        Distribution::Internal => {}
    }
    usage
}

/// Reads a list of tags such as `static-link;distribute-binary`. Tags that say nothing to it are given back: what they
/// mean is for a person, and the answer says so.
pub fn parse(context: &str) -> (Usage, Vec<String>) {
    let mut usage = Usage::new(Relation::Static, Form::Object);
    let mut unknown = Vec::new();
    let mut related = false;
    let (mut conveyed, mut kept_in) = (None, false);
    for tag in context.split([';', ',']).map(|t| t.trim().to_ascii_lowercase()).filter(|t| !t.is_empty()) {
        let words: Vec<&str> = tag.split(['-', '_', ' ']).filter(|w| !w.is_empty()).collect();
        let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
        let mut known = true;
        if let Some(relation) = relation_of(&words) {
            // A narrower word beats a wider one: `kernel-module;static-link` is one static link.
            if !related || relation != Relation::Static {
                usage.relation = relation;
            }
            related = true;
            if relation == Relation::Reference {
                kept_in = true;
            }
        } else {
            known = false;
        }
        let negated = words.first().is_some_and(|w| matches!(*w, "no" | "not" | "non" | "un" | "without"));
        if has(&[
            "distribution",
            "distribute",
            "distributed",
            "redistribute",
            "convey",
            "conveyed",
            "ship",
            "shipped",
            "published",
            "sold",
            "release",
            "released",
            "sale",
        ]) {
            known = true;
            if negated || has(&["undistributed"]) {
                conveyed = Some(false);
            } else {
                conveyed = Some(true);
                if has(&["source"]) {
                    usage.form = Form::Source;
                }
            }
        }
        if has(&["internal", "inhouse", "private", "local"]) {
            known = true;
            conveyed.get_or_insert(false);
            usage = usage.on(Event::Internal);
        }
        if has(&["dev", "development", "build", "test", "tests", "testing"])
            && matches!(usage.relation, Relation::Build | Relation::Test)
        {
            conveyed.get_or_insert(false);
            usage = usage.on(Event::Internal);
        }
        if has(&[
            "saas", "hosted", "host", "hosting", "network", "service", "server", "web", "cloud", "asp",
            "online",
        ]) && !has(&["separate"])
        {
            known = true;
            usage = usage.on(Event::Host);
            usage.form = Form::Service;
        }
        if has(&["managed", "competing", "parties", "customers", "resale", "reseller"]) {
            known = true;
            if has(&["competing", "competitor"]) {
                usage.given = usage.given.and(Facts::COMPETING);
            }
            if has(&["managed", "parties", "customers", "resale", "reseller"]) {
                usage.given = usage.given.and(Facts::THIRD_PARTY).and(Facts::COMMERCIAL);
                usage = usage.on(Event::Host);
            }
        }
        if has(&["modified", "modify", "modification", "patched", "changed", "fork", "forked"])
            || tag == "modified"
        {
            known = true;
            if negated {
                usage.absent = usage.absent.and(Facts::MODIFY);
            } else {
                usage.given = usage.given.and(Facts::MODIFY);
                usage = usage.on(Event::Modify);
            }
        }
        if has(&["unmodified", "unchanged"]) {
            known = true;
            usage.absent = usage.absent.and(Facts::MODIFY);
        }
        if has(&["commercial", "paid", "sold", "revenue"]) {
            known = true;
            if negated {
                usage.absent = usage.absent.and(Facts::COMMERCIAL);
            } else {
                usage.given = usage.given.and(Facts::COMMERCIAL);
            }
        }
        if has(&["noncommercial", "academic", "research", "hobby"]) {
            known = true;
            usage.absent = usage.absent.and(Facts::COMMERCIAL);
        }
        if has(&["production"]) {
            known = true;
            if negated || tag == "nonproduction" {
                usage = usage.without(Event::Production);
                conveyed.get_or_insert(false);
                kept_in = true;
            } else {
                usage = usage.on(Event::Production);
            }
        }
        if has(&["evaluation", "trial"]) {
            known = true;
            conveyed.get_or_insert(false);
            usage = usage.on(Event::Internal);
        }
        if has(&["device", "firmware", "consumer", "appliance", "locked", "tivoized", "tivoised", "iot"]) {
            known = true;
            usage.given = usage.given.and(Facts::USER_PRODUCT);
            conveyed.get_or_insert(true);
        }
        if has(&["system"]) && has(&["library", "libraries", "component"]) {
            known = true;
            usage.system_library = true;
        }
        if has(&["grant", "permission", "granted"]) {
            known = true;
            usage.grant = true;
        }
        if has(&["weights"]) {
            known = true;
            usage.form = Form::Weights;
            conveyed.get_or_insert(true);
        }
        if has(&["dataset", "data"]) {
            known = true;
            usage.form = Form::Data;
        }
        if !known {
            unknown.push(tag);
        }
    }
    let hosted = usage.has(Event::Host);
    let outside = matches!(usage.relation, Relation::Build | Relation::Test);
    if conveyed.unwrap_or(!hosted && !kept_in && !outside) {
        usage = usage.on(Event::Convey);
        if !kept_in && usage.form == Form::Service {
            usage.form = Form::Object;
        }
    } else if !hosted {
        usage = usage.on(Event::Internal);
    }
    if usage.relation == Relation::Copied && !usage.absent.holds(Facts::MODIFY) {
        usage.given = usage.given.and(Facts::MODIFY);
    }
    (usage, unknown)
}

/// The relation that the words of a tag name.
fn relation_of(words: &[&str]) -> Option<Relation> {
    let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
    let pair = |a: &[&str], b: &[&str]| has(a) && has(b);
    Some(if has(&["generated", "generator", "output"]) && !has(&["model", "ai"]) {
        Relation::Generated
    } else if has(&["output", "outputs"]) {
        Relation::Output
    } else if has(&["font"]) || pair(&["embedded", "embed"], &["document", "icon", "image", "font", "pdf"]) {
        Relation::Embedded
    } else if has(&[
        "copied",
        "copy",
        "pasted",
        "paste",
        "snippet",
        "derived",
        "derivative",
        "port",
        "translated",
    ]) {
        Relation::Copied
    } else if has(&["finetune", "finetuned", "tuned", "tune"]) {
        Relation::FineTuned
    } else if has(&["adapter", "lora"]) {
        Relation::Adapter
    } else if has(&["quantised", "quantized", "quantization", "quantisation", "gguf"]) {
        Relation::Quantised
    } else if has(&["merged", "merge"]) {
        Relation::Merged
    } else if has(&["trained", "training", "distilled", "distillation"]) {
        Relation::Trained
    } else if has(&["dynamic", "shared", "runtime", "import", "imported", "jni", "dlopen", "jar", "plugin"]) {
        Relation::Dynamic
    } else if pair(
        &["separate", "own", "other"],
        &["process", "program", "server", "service", "executable", "binary"],
    ) || has(&["subprocess", "process", "ipc", "rpc", "exec", "cli", "pipe", "socket", "sidecar"])
    {
        Relation::Process
    } else if has(&["dev", "development", "build", "compiler", "tool", "toolchain", "linter"]) {
        Relation::Build
    } else if has(&["test", "tests", "testing"]) && !has(&["internal"]) {
        Relation::Test
    } else if has(&["reference", "referenced", "pulled", "downloaded", "link"])
        && has(&["reference", "referenced", "pulled", "downloaded"])
    {
        Relation::Reference
    } else if has(&[
        "aggregate",
        "aggregation",
        "aggregated",
        "container",
        "image",
        "medium",
        "collection",
        "installer",
    ]) || pair(
        &["documentation", "docs", "manual", "weights", "dataset", "data", "asset", "assets"],
        &["bundle", "bundled", "shipped", "package", "packaged"],
    ) {
        Relation::Aggregate
    } else if has(&[
        "static",
        "statically",
        "link",
        "linked",
        "combine",
        "combined",
        "kernel",
        "module",
        "bundle",
        "bundled",
        "vendored",
        "dependency",
        "library",
        "header",
        "headers",
        "template",
        "inline",
        "macro",
        "wasm",
        "minified",
        "inheritance",
        "subclass",
    ]) && !has(&["system"])
    {
        Relation::Static
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_situations_and_facts() {
        let (usage, unknown) = parse("static-link;distribute-binary");
        assert_eq!((usage.relation, usage.form, usage.conveyed()), (Relation::Static, Form::Object, true));
        assert!(unknown.is_empty());
        let (usage, _) = parse("dev-dependency;no-distribution");
        assert_eq!((usage.relation, usage.conveyed()), (Relation::Build, false));
        let (usage, _) = parse("managed-service-to-third-parties");
        assert!(usage.has(Event::Host) && usage.given.holds(Facts::THIRD_PARTY) && !usage.conveyed());
        let (usage, _) = parse("internal-test;non-production");
        assert!(!usage.has(Event::Production) && !usage.conveyed());
        let (usage, _) = parse("model-weights-bundle;commercial-distribution");
        assert_eq!(
            (usage.relation, usage.form, usage.conveyed()),
            (Relation::Aggregate, Form::Weights, true)
        );
        assert!(usage.given.holds(Facts::COMMERCIAL));
        let (usage, _) = parse("system-library;dynamic-link;distribute-source");
        assert!(usage.system_library && usage.relation == Relation::Dynamic);
        let (usage, _) = parse("unmodified-dependency;distribute-source");
        assert!(usage.absent.holds(Facts::MODIFY) && usage.conveyed());
        let (usage, _) = parse("copied-source-into-project;distribute-source");
        assert_eq!(usage.relation, Relation::Copied);
        assert_eq!(parse("static-link;by-moonlight").1, ["by-moonlight"]);
    }
}
