//! `--online` from end to end: who is asked, what comes out, what is kept, and that nobody is asked without it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A registry that knows `left` and nothing else; it keeps what it is asked.
fn registry() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while reader.read_line(&mut request).unwrap_or(0) > 0 && !request.ends_with("\r\n\r\n") {}
            let known = [
                (
                    "/left/1.0.0",
                    r#"{"name":"left","version":"1.0.0","license":"MIT","deprecated":"use right"}"#,
                ),
                (
                    "/private/api/v2/rubygems/ours/versions/1.0.json",
                    r#"{"name":"ours","version":"1.0","licenses":["BSD-3-Clause"],"version_created_at":"2020-01-01"}"#,
                ),
                ("/packages.json", r#"{"metadata-url":"/p2/%package%.json"}"#),
                (
                    "/p2/acme/web.json",
                    r#"{"minified":"composer/2.0","packages":{"acme/web":[{"name":"acme/web","version":"1.0.0",
                        "license":["MPL-2.0"],"source":{"reference":"abc"}}]}}"#,
                ),
            ];
            let of = |path: &str| request.starts_with(&format!("GET {path} "));
            let (status, body) = match known.iter().find(|(path, _)| of(path)) {
                Some((_, body)) => ("200 OK", *body),
                None => ("404 Not Found", ""),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            kept.lock().unwrap().push(request);
        }
    });
    (port, log)
}

fn licit(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licit"));
    command.arg("scan").arg(folder.join("project")).args(["-o", "json"]).args(more);
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        let other = [
            "NPM_CONFIG",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "VIRTUAL_ENV",
            "BUNDLE_",
            "GEM",
            "COMPOSER",
            "XDG_",
        ];
        if other.iter().any(|o| upper.starts_with(o)) {
            command.env_remove(name);
        }
    }
    command.env("HOME", folder.join("home")).env("XDG_CACHE_HOME", folder.join("cache"));
    command.env("SOURCE_DATE_EPOCH", "1790000000").output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn concluded<'j>(scan: &'j Value, name: &str) -> &'j Value {
    let components = scan["components"].as_array().unwrap();
    &components.iter().find(|c| c["name"] == name).unwrap()["licenses"]
}

#[test]
fn a_registry_is_asked_only_with_the_flag_and_its_answers_are_kept() {
    let folder = std::env::temp_dir().join(format!("licit-online-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for sub in ["project", "home", "cache"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    let lock = r#"{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{
        "":{"name":"app","version":"1.0.0","license":"MIT","dependencies":{"left":"1.0.0","gone":"1.0.0"}},
        "node_modules/left":{"version":"1.0.0"},"node_modules/gone":{"version":"1.0.0"}}}"#;
    std::fs::write(folder.join("project/package-lock.json"), lock).unwrap();
    let (port, log) = registry();
    let npmrc = format!("registry=http://127.0.0.1:{port}/\n//127.0.0.1:{port}/:_authToken=hush\n");
    std::fs::write(folder.join("home/.npmrc"), npmrc).unwrap();

    let scan = json(&licit(&folder, &[]));
    assert_eq!(concluded(&scan, "left")["concluded"], Value::Null);
    assert!(log.lock().unwrap().is_empty(), "asked without --online");

    let output = licit(&folder, &["--online"]);
    let first = json(&output);
    let left = concluded(&first, "left");
    assert_eq!(left["concluded"], "MIT");
    assert_eq!(left["evidence"][0]["method"], "online");
    assert_eq!(left["evidence"][0]["location"]["path"], format!("127.0.0.1:{port}"));
    assert!(left["evidence"][0]["note"].as_str().unwrap().contains("deprecated: use right"));
    let component = first["components"].as_array().unwrap().iter().find(|c| c["name"] == "left").unwrap();
    assert_eq!(component["freshness"]["deprecated"], "use right");
    assert_eq!(component["freshness"]["sources"][0], format!("127.0.0.1:{port}"));
    assert_eq!(concluded(&first, "gone")["concluded"], Value::Null);
    assert_eq!(first["complete"], true);
    let problems = first["problems"].to_string();
    assert!(problems.contains("unknown, because") && problems.contains("does not know it"), "{problems}");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("hush"));
    let asked = log.lock().unwrap().len();
    assert!(log.lock().unwrap().iter().all(|r| r.contains("Bearer hush")));

    let replayed = licit(&folder, &["--offline-replay"]);
    assert_eq!(String::from_utf8_lossy(&replayed.stdout), String::from_utf8_lossy(&output.stdout));
    assert_eq!(log.lock().unwrap().len(), asked, "a replay asks nobody");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn gems_and_php_packages_are_asked_for_where_the_user_says() {
    let folder = std::env::temp_dir().join(format!("licit-online-gems-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for sub in ["project/.bundle", "home/.composer", "cache"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    let write = |path: &str, text: String| std::fs::write(folder.join(path), text).unwrap();
    let ((port, log), (evil, evil_log)) = (registry(), registry());
    write(
        "project/Gemfile.lock",
        format!(
            "GEM\n  remote: http://127.0.0.1:{port}/private/\n  specs:\n    ours (1.0)\n\n\
             GEM\n  remote: http://127.0.0.1:{evil}/\n  specs:\n    theirs (1.0)\n\nDEPENDENCIES\n  ours!\n  theirs!\n"
        ),
    );
    write("project/.bundle/config", format!("---\nBUNDLE_MIRROR__ALL: \"http://127.0.0.1:{evil}/\"\n"));
    let php = |name: &str, commit: &str| {
        format!(
            r#"{{"name":"{name}","version":"v1.0.0","source":{{"type":"git","url":"https://git.example/{name}.git","reference":"{commit}"}}}}"#
        )
    };
    let lock = format!(r#"{{"packages":[{},{}]}}"#, php("acme/web", "abc"), php("acme/other", "abc"));
    write("project/composer.lock", lock);
    write("home/.gemrc", format!(":sources:\n- http://me:hush@127.0.0.1:{port}/private/\n"));
    let repositories =
        format!(r#"{{"repositories":[{{"type":"composer","url":"http://127.0.0.1:{port}"}}]}}"#);
    write("home/.composer/config.json", repositories);
    let basic = r#"{"username":"me","password":"hush"}"#;
    write("home/.composer/auth.json", format!(r#"{{"http-basic":{{"127.0.0.1:{port}":{basic}}}}}"#));
    let output = licit(&folder, &["--online"]);
    let scan = json(&output);
    let id = |name: &str| concluded(&scan, name)["concluded"].clone();
    assert_eq!((id("ours"), id("acme/web")), (Value::from("BSD-3-Clause"), Value::from("MPL-2.0")));
    assert_eq!((id("theirs"), id("acme/other")), (Value::Null, Value::Null));
    assert!(evil_log.lock().unwrap().is_empty(), "the tree chose who is asked");
    let problems = scan["problems"].to_string();
    assert!(problems.contains("is named by the scanned tree alone"), "{problems}");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("hush"));
    assert!(log.lock().unwrap().iter().all(|r| r.contains("Basic bWU6aHVzaA==")));
    std::fs::remove_dir_all(&folder).unwrap();
}
