//! Texts made for it, as licenses are laid out: numbered and wrapped, unwrapped, a list, and with its numbers lost.

use super::*;

fn clause(toml: &str) -> ClauseFact {
    toml::from_str(toml).unwrap()
}

fn lines(text: &str, facts: &str) -> Option<(u32, u32)> {
    Page::new(text).locate(&clause(facts)).map(|p| (p.first, p.last))
}

const WRAPPED: &str = "HERON MODEL LICENSE

1. Grant

   a. Heron grants you the right to run the model and to make copies of it
      in any place.

   b. Limits.
      i.  Whoever hands the model on adds a copy of this license.
      ii. Results of the model shall not serve to train a rival model
          of whatever kind.

2. Large users. Who counted more than 700 million monthly active users in the month
   before the release asks Heron first (see 1.a). The owner may refuse.

3. Law. The courts of Lumen decide.
";

const USERS: &str = r#"
ref = "2"
kind = "users"
code = "MAU-THRESHOLD"
says = "Companies with more than 700 million users a month need a license of the owner."
value = 700_000_000
"#;

const OUTPUTS: &str = r#"
ref = "1.b.ii"
kind = "outputs"
code = "OUTPUT-TRAIN"
says = "Outputs may not train a competing model."
"#;

#[test]
fn numbers_and_figures_lead_to_lines() {
    assert_eq!(lines(WRAPPED, USERS), Some((13, 14)));
    assert_eq!(lines(WRAPPED, OUTPUTS), Some((10, 11)));
    let copy = "ref = \"1.b.i\"\nkind = \"license-copy\"\nsays = \"Recipients get a copy of the license.\"";
    assert_eq!(lines(WRAPPED, copy), Some((9, 9)));
    let page = Page::new(WRAPPED);
    let found = page.locate(&clause(USERS)).unwrap();
    assert!(found.words.starts_with("2. Large users. Who counted more than 700 million"), "{}", found.words);
}

#[test]
fn the_same_words_are_found_however_the_text_is_laid_out() {
    let unwrapped: Vec<String> = WRAPPED
        .split("\n\n")
        .map(|block| block.split_whitespace().collect::<Vec<_>>().join(" "))
        .chain([format!("4. Other. {}", "Words that say nothing of it. ".repeat(9))])
        .collect();
    let unwrapped = unwrapped.join("\n\n");
    let users = lines(&unwrapped, USERS).unwrap();
    assert!(unwrapped.lines().nth(users.0 as usize - 1).unwrap().contains("700 million"), "{users:?}");
    let outputs = lines(&unwrapped, OUTPUTS).unwrap();
    assert!(unwrapped.lines().nth(outputs.0 as usize - 1).unwrap().contains("rival"), "{outputs:?}");
    // Copies lose numbers and gain the signs of Markdown.
    let bare = WRAPPED.replace("2. Large users.", "**Large users**").replace("700 million", "700,000,000");
    assert_eq!(lines(&bare, USERS), Some((13, 14)));
}

#[test]
fn lists_are_whole_or_by_item() {
    let text = "5. Limits on use are in Attachment A.\n\nAttachment A\n\nYou agree not to use the model:\n\
                - To break any law;\n- To harm children;\n- To give medical advice;\n";
    let of = |reference: &str, says: &str| {
        let facts =
            format!("ref = \"{reference}\"\nkind = \"use-policy\"\ncode = \"USE-POLICY\"\nsays = \"{says}\"");
        lines(text, &facts)
    };
    assert_eq!(of("5, Attachment A", "Barred: unlawful use, harm to children, other uses."), Some((3, 8)));
    assert_eq!(of("5, Attachment A, third item", "No medical advice."), Some((8, 8)));
}

#[test]
fn what_is_not_there_is_not_found() {
    let royalty =
        "ref = \"8\"\nkind = \"royalty\"\nsays = \"A tenth of the revenue is due.\"\nvalue = 1_000_000";
    assert_eq!(lines(WRAPPED, royalty), None);
    assert_eq!(lines("", USERS), None);
    assert_eq!(lines("2.", USERS), None);
    let territory =
        "ref = \"policy, last\"\nkind = \"territory\"\nsays = \"No rights in the European Union.\"";
    assert_eq!(lines(WRAPPED, territory), None);
}

#[test]
fn phrases_of_a_rule_decide() {
    let text = "One.\n\nThe crane flies at noon.\n\nThe heron rests at night.\n";
    let facts = "ref = \"x\"\nkind = \"other\"\nsays = \"Something else.\"\nfind = [\"rests at night\"]";
    assert_eq!(lines(text, facts), Some((5, 5)));
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    let begin = std::time::Instant::now();
    for text in [
        "1. ".repeat(80_000),
        "(a) ".repeat(60_000),
        "1.\n".repeat(80_000),
        "亿".repeat(80_000),
        "(".repeat(200_000),
    ] {
        let page = Page::new(&text);
        let way = "ref = \"1.a.i.1\"\nkind = \"users\"\nsays = \"Some users.\"\nvalue = 100_000_000";
        for facts in [USERS, OUTPUTS, way] {
            page.locate(&clause(facts));
        }
    }
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

#[test]
fn words_are_cut_between_signs() {
    let found = Page::new(&format!("2. {}", "许可方授权".repeat(300))).passage(0, 100);
    assert!(found.words.len() <= SHOWN + 4 && found.words.ends_with('…'));
}
