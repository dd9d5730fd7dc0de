//! `licit explain`: a license, an exception, a clause, a class, a finding or a pair of licenses in plain words, with
//! sources.

use std::io::{self, BufWriter, Write as _};

use anyhow::bail;
use licit_license::Knowledge;

use crate::args;
use crate::exit::Ended;

mod document;
mod page;
mod subject;
mod words;

use document::{Answer, Document};
use subject::{Missing, Subject};

const DISCLAIMER: &str = "This is a reading of the license, no legal advice.";

/// Answers what was asked.
pub(crate) fn run(args: &args::Explain) -> anyhow::Result<Ended> {
    let json = match args.format.as_str() {
        "human" => false,
        "json" => true,
        other => bail!("--format {other}: no such format; it is human or json"),
    };
    let know = Knowledge::embedded();
    let asked = args.words.join(" ");
    let (subject, remarks) = match subject::find(&args.words, know) {
        Ok(found) => found,
        Err(missing) => bail!("{}", sorry(&asked, missing)),
    };
    let answer = match &subject {
        Subject::Expression(expr) => Some(document::expression(expr, know)),
        Subject::Exception(id) => know.exception(id).map(|e| Answer::Exception(document::exception(e, know))),
        Subject::Clauses(owner, at) => document::clauses(owner, at, know),
        Subject::Class(class) => Some(document::class(*class, know)),
        Subject::Finding(code) => Some(document::finding(code)),
        Subject::Pair(first, second) => Some(document::pair(first, second, &args.context, know)),
    };
    let Some(answer) = answer else { bail!("nothing is known of `{asked}`") };
    let document = Document { schema: "licit/explain/1", asked, remarks, answer, disclaimer: DISCLAIMER };
    if json {
        let mut out = BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, &document)?;
        out.write_all(b"\n")?;
        out.flush()?;
    } else {
        let mut text = Vec::new();
        page::write(&document, super::width(), &mut text)?;
        let mut out = anstream::AutoStream::auto(io::stdout());
        out.write_all(&text)?;
        out.flush()?;
    }
    Ok(Ended::Well)
}

fn sorry(asked: &str, missing: Missing) -> String {
    let shown: String = asked.chars().take(200).collect();
    match missing {
        Missing::Clause(id, clauses) if clauses.is_empty() => {
            format!("the clauses of {id} are not recorded; `licit explain {id}` shows what is known")
        }
        Missing::Clause(id, clauses) => {
            format!("`{shown}`: no such clause of {id} is recorded; there are {}", clauses.join(", "))
        }
        Missing::Name(near) => {
            let near: Vec<String> = near.iter().map(|n| format!("`{n}`")).collect();
            let near: Vec<&str> = near.iter().map(String::as_str).collect();
            let hint = match near.is_empty() {
                true => "give an SPDX id, an exception, a clause such as `GPL-3.0-only §5(c)`, a class or a finding's code"
                    .to_string(),
                false => format!("did you mean {}?", words::list(&near, "or")),
            };
            format!("`{shown}` is no license, exception, clause, class or finding that licit knows; {hint}")
        }
    }
}
