//! The parts of the CycloneDX 1.6 schema that are written, in the order in which they are written.
//!
//! Own types, because the order of fields is part of the promise that the same scan gives the same bytes.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

/// A whole document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) bom_format: &'static str,
    pub(super) spec_version: &'static str,
    pub(super) serial_number: String,
    pub(super) version: u32,
    pub(super) metadata: Metadata<'a>,
    /// Each is a [`Component`], written already.
    pub(super) components: Vec<Box<RawValue>>,
    pub(super) dependencies: Vec<Dependency<'a>>,
    pub(super) compositions: Vec<Composition<'a>>,
}

/// What the document says of itself.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) timestamp: &'a str,
    pub(super) lifecycles: [Lifecycle; 1],
    pub(super) tools: Tools<'a>,
    pub(super) authors: [Named<'a>; 1],
    pub(super) component: Component<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supplier: Option<Named<'a>>,
}

#[derive(Serialize)]
pub(super) struct Lifecycle {
    pub(super) phase: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tools<'a> {
    pub(super) components: [Tool<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'a str,
}

/// An organization or a person, of whom the name is all that is known.
#[derive(Serialize)]
pub(super) struct Named<'a> {
    pub(super) name: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "bom-ref")]
    pub(super) bom_ref: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supplier: Option<Named<'a>>,
    pub(super) name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purl: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pedigree: Option<Pedigree<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_references: Vec<ExternalReference>,
    #[serde(skip_serializing_if = "Evidence::is_empty")]
    pub(super) evidence: Evidence<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_card: Option<ModelCard<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property<'a>>,
}

/// From what a model came.
#[derive(Serialize)]
pub(super) struct Pedigree<'a> {
    pub(super) ancestors: Vec<Ancestor<'a>>,
    pub(super) notes: String,
}

/// A component of its own in the same document, named again because the schema wants it whole.
#[derive(Serialize)]
pub(super) struct Ancestor<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purl: Option<&'a str>,
}

/// What a model is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelCard<'a> {
    pub(super) model_parameters: ModelParameters<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelParameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) datasets: Vec<Dataset<'a>>,
}

/// A dataset by its name; the dependencies of the document lead to its component. Readers that are in use know neither
/// references here nor the field `data` of a component as an array, which is what the schema says.
#[derive(Serialize)]
pub(super) struct Dataset<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    /// Optional in the schema, but not for all who read it.
    pub(super) classification: &'static str,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hash<'a> {
    pub(super) alg: &'static str,
    pub(super) content: &'a str,
}

/// One entry of `licenses`: either a single license or the one expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum LicenseChoice {
    License {
        license: License,
    },
    Expression {
        expression: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        acknowledgement: Option<Acknowledgement>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct License {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acknowledgement: Option<Acknowledgement>,
}

/// Whether a license is what the authors say or what was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Acknowledgement {
    Declared,
    Concluded,
}

#[derive(Serialize)]
pub(super) struct ExternalReference {
    pub(super) url: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Serialize, Default)]
pub(super) struct Evidence<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) occurrences: Vec<Occurrence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenseChoice>,
}

impl Evidence<'_> {
    fn is_empty(&self) -> bool {
        self.occurrences.is_empty() && self.licenses.is_empty()
    }
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence<'a> {
    pub(super) location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Property<'a> {
    pub(super) name: &'static str,
    pub(super) value: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency<'a> {
    #[serde(rename = "ref")]
    pub(super) bom_ref: &'a str,
    pub(super) depends_on: Vec<&'a str>,
}

/// How complete the named parts are. Ordered as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aggregate {
    Complete,
    Incomplete,
    IncompleteFirstPartyOnly,
    Unknown,
}

#[derive(Serialize)]
pub(super) struct Composition<'a> {
    pub(super) aggregate: Aggregate,
    /// Whose parts the verdict is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assemblies: Vec<&'a str>,
    /// Whose dependencies the verdict is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dependencies: Vec<&'a str>,
}
