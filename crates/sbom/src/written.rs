//! Values of a list that are put into words in parallel, and stand in a document to the byte as one writer would have put
//! them there.

use std::io;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter as _, PrettyFormatter};
use serde_json::value::RawValue;

/// Writes each item as indented JSON for a list that stands so many levels deep; the order is that of the items.
///
/// Errors: a value that JSON cannot hold.
pub fn list<T, V>(items: &[T], depth: usize, value: impl Fn(&T) -> V + Sync) -> io::Result<Vec<Box<RawValue>>>
where
    T: Sync,
    V: Serialize,
{
    let write = |item: &T| {
        let mut formatter = PrettyFormatter::new();
        for _ in 0..depth {
            formatter.begin_array(&mut io::sink())?;
        }
        let mut bytes = Vec::with_capacity(1024);
        value(item).serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        Ok(RawValue::from_string(text)?)
    };
    // Items are small: a thread takes several at once.
    items.par_iter().with_min_len(16).map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_one_writer() {
        #[derive(Serialize)]
        struct Item {
            name: String,
            parts: Vec<u8>,
            none: Vec<u8>,
        }
        #[derive(Serialize)]
        struct Page<T> {
            list: Vec<T>,
        }
        let item = |n: &u8| Item { name: format!("\"{n}\n"), parts: vec![*n; 3], none: Vec::new() };
        let numbers: Vec<u8> = (0..100).collect();
        let whole = serde_json::to_string_pretty(&Page { list: numbers.iter().map(item).collect() }).unwrap();
        let parts = serde_json::to_string_pretty(&Page { list: list(&numbers, 2, item).unwrap() }).unwrap();
        assert_eq!(whole, parts);
    }
}
