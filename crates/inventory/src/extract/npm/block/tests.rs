//! Tests of the reader of indented blocks.

use super::*;

fn documents(text: &str) -> (Vec<Value<'_>>, Vec<(Option<u32>, String)>) {
    let mut found = Found::new("pnpm-lock.yaml", "pnpm-lock");
    let file = File::new("pnpm-lock.yaml", text.as_bytes());
    let documents = read(&file, &mut found);
    (documents, found.problems.into_iter().map(|p| (p.line, p.message)).collect())
}

fn only(text: &str) -> Value<'_> {
    let (mut documents, problems) = documents(text);
    assert_eq!(problems, []);
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

#[test]
fn blocks_brackets_quotes_and_comments() {
    let text = "a: 1 # one\n'b@x:y':\n  \"c\\u00e9\": {d: 'it''s', e: https://x/y#z, f: [1, '2']}\n\n  g:\n  - h: 1\n    i: 2\n  - j\nk: |-\n  # text\n\n  more\nl: >-\n  m\n  n\no:\n  p q\n  r\n";
    let value = only(text);
    assert_eq!(value.text_of("a"), Some("1"));
    let b = value.get("b@x:y").expect("the quoted key is there");
    let c = b.get("cé").expect("the escape is resolved");
    assert_eq!((c.text_of("d"), c.text_of("e")), (Some("it's"), Some("https://x/y#z")));
    assert_eq!(c.get("f").map(|f| f.items().len()), Some(2));
    let items = b.get("g").expect("the list is there").items();
    assert_eq!((items[0].text_of("i"), items[1].text()), (Some("2"), Some("j")));
    assert_eq!(value.text_of("k"), Some("# text\n\nmore"));
    assert_eq!(value.text_of("l"), Some("m n"));
    assert_eq!(value.text_of("o"), Some("p q r"));
    assert_eq!(value.fields().iter().map(|f| f.line).collect::<Vec<_>>(), [1, 2, 9, 13, 16]);
}

#[test]
fn long_keys_and_several_documents() {
    let text = "---\n? 'a, b'\n:\n  v: 1\n? c\n: v: 2\n  w: 3\n---\nx: 1\n...\n";
    let (documents, problems) = documents(text);
    assert_eq!(problems, []);
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0].get("a, b").and_then(|v| v.text_of("v")), Some("1"));
    assert_eq!(documents[0].get("c").and_then(|v| v.text_of("w")), Some("3"));
}

#[test]
fn brackets_may_span_lines_but_not_swallow_the_file() {
    let value = only("a:\n  r: {\n    i: x,\n    j: [\n      1\n    ],\n  }\n  s: 1\nb: 2\n");
    let a = value.get("a").expect("it is there");
    assert_eq!((a.get("r").and_then(|r| r.text_of("i")), a.text_of("s")), (Some("x"), Some("1")));
    assert_eq!(value.fields()[1].line, 9);
    let (documents, problems) = documents("a:\n  r: {i: x\n  s: 'open\nb: 2\n");
    assert_eq!(documents[0].get("a").and_then(|a| a.text_of("s")), Some("open"));
    assert_eq!(documents[0].text_of("b"), Some("2"));
    assert_eq!(problems.iter().map(|p| p.0).collect::<Vec<_>>(), [Some(2), Some(3)]);
}

#[test]
fn a_bad_line_costs_that_line() {
    let (documents, problems) =
        documents("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\nnothing\n   c: 4\n\td: 1\ne: 5");
    assert_eq!(documents[0].fields().len(), 4);
    assert_eq!(documents[0].text_of("e"), Some("5"));
    assert_eq!(problems.iter().map(|p| p.0).collect::<Vec<_>>(), [Some(2), Some(7), Some(9)]);
}

#[test]
fn anchors_stand_for_texts_only() {
    let (documents, problems) = documents("a: &x ^18\nb: *x\nc: !!str 1\nd: &y\n  e: 1\nf: *y\n");
    assert_eq!((documents[0].text_of("b"), documents[0].text_of("c")), (Some("^18"), Some("1")));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0, Some(6));
}

#[test]
fn depth_is_limited_and_nothing_panics() {
    let mut deep = String::new();
    for i in 0..2000 {
        deep.push_str(&" ".repeat(i));
        deep.push_str("a:\n");
    }
    assert!(!documents(&deep).1.is_empty());
    documents(&"- ".repeat(5000));
    documents(&format!("a: {}", "[".repeat(5000)));
    documents(&format!("a: {}", "{x: ".repeat(5000)));
    documents(&format!("a: {}", "&x ".repeat(5000)));
    for text in
        ["?", "? ", "? a\n:b", ": x", "a: '", "a: \"\\", "a: \"\\u12", "a: {é", "- - -\n- a: |", "é: [,}]"]
    {
        documents(text);
    }
}
