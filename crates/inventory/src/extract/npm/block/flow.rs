//! Values that may span lines: brackets and quotes.

use std::borrow::Cow;

use super::text::unquoted;
use super::{DEEPEST, Field, Reader, Value};

/// A place inside a value that may span lines.
pub(super) struct Flow {
    pub(super) at: usize,
    pub(super) number: u32,
    pub(super) indent: usize,
    /// The value ended before its bracket or quote was closed.
    pub(super) cut: bool,
}

impl<'a> Reader<'a> {
    /// Passes over blanks, comments and line ends inside brackets. A line that is not indented as part of the value
    /// cuts it, so that a missing bracket does not swallow the file.
    fn blanks(&self, flow: &mut Flow) {
        while let Some(b) = self.byte(flow.at) {
            match b {
                b' ' | b'\t' | b'\r' => flow.at += 1,
                b'#' => {
                    let rest = self.text.get(flow.at..).unwrap_or("");
                    flow.at += rest.find('\n').unwrap_or(rest.len());
                }
                b'\n' => {
                    let rest = self.text.get(flow.at + 1..).unwrap_or("");
                    let body = rest.trim_start_matches([' ', '\n', '\r']);
                    let skipped = rest.get(..rest.len() - body.len()).unwrap_or("");
                    let indent = skipped.len() - skipped.rfind('\n').map_or(0, |at| at + 1);
                    let closes = body.starts_with(['}', ']', '"', '\'']) && indent == flow.indent;
                    if body.is_empty() || (indent <= flow.indent && !closes) {
                        flow.cut = true;
                        return;
                    }
                    let lines = skipped.bytes().filter(|b| *b == b'\n').count();
                    flow.number += 1 + u32::try_from(lines).unwrap_or(0);
                    flow.at += 1 + skipped.len();
                }
                _ => return,
            }
        }
        flow.cut = true;
    }

    pub(super) fn flow(&mut self, flow: &mut Flow, depth: u32) -> Value<'a> {
        self.blanks(flow);
        if flow.cut {
            return Value::Empty;
        }
        let close = match self.byte(flow.at) {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            Some(b'"' | b'\'') => return Value::Text(self.quoted(flow)),
            _ => return Value::Text(Cow::Borrowed(self.flow_plain(flow))),
        };
        if depth > DEEPEST {
            flow.cut = true;
            return Value::Empty;
        }
        flow.at += 1;
        let (mut fields, mut items) = (Vec::new(), Vec::new());
        loop {
            self.blanks(flow);
            let Some(b) = self.byte(flow.at).filter(|_| !flow.cut) else { break };
            if b == b',' {
                flow.at += 1;
            } else if b == close {
                flow.at += 1;
                break;
            } else if matches!(b, b'}' | b']') {
                flow.cut = true;
                break;
            } else if close == b']' {
                items.push(self.flow(flow, depth + 1));
            } else {
                let line = flow.number;
                let key = match b {
                    b'"' | b'\'' => self.quoted(flow),
                    _ => Cow::Borrowed(self.flow_plain(flow)),
                };
                self.blanks(flow);
                let mut value = Value::Empty;
                if self.byte(flow.at) == Some(b':') && !flow.cut {
                    flow.at += 1;
                    self.blanks(flow);
                    if !flow.cut && !matches!(self.byte(flow.at), Some(b',' | b'}' | b']')) {
                        value = self.flow(flow, depth + 1);
                    }
                }
                fields.push(Field { key, line, value });
            }
        }
        if close == b'}' { Value::Map(fields) } else { Value::List(items) }
    }

    /// A text without quotes inside brackets. It takes at least one byte, so that the loop around it ends.
    fn flow_plain(&self, flow: &mut Flow) -> &'a str {
        let start = flow.at;
        while let Some(b) = self.byte(flow.at) {
            let ends = match b {
                b',' | b'}' | b']' | b'\n' => true,
                b':' => matches!(self.byte(flow.at + 1), None | Some(b' ' | b'\n' | b'\r' | b',' | b'}')),
                _ => false,
            };
            if ends && flow.at > start {
                break;
            }
            flow.at += 1;
            if ends {
                break;
            }
        }
        self.slice(start, flow.at).trim()
    }

    /// A text in quotes; it may go on in lines that are indented further.
    pub(super) fn quoted(&self, flow: &mut Flow) -> Cow<'a, str> {
        let Some(quote) = self.byte(flow.at) else { return Cow::Borrowed("") };
        let start = flow.at + 1;
        flow.at = start;
        while let Some(b) = self.byte(flow.at) {
            if b == b'\n' {
                self.blanks(flow);
                if flow.cut {
                    break;
                }
            } else if b == b'\\' && quote == b'"' {
                // The letter behind it means something else, and may be a quote, but no line end.
                flow.at += if self.byte(flow.at + 1) == Some(b'\n') { 1 } else { 2 };
            } else if b == quote {
                if quote == b'\'' && self.byte(flow.at + 1) == Some(quote) {
                    flow.at += 2;
                    continue;
                }
                let text = self.slice(start, flow.at);
                flow.at += 1;
                return unquoted(text, quote);
            } else {
                flow.at += 1;
            }
        }
        flow.cut = true;
        flow.at = flow.at.min(self.text.len());
        unquoted(self.slice(start, flow.at).trim_end(), quote)
    }
}
