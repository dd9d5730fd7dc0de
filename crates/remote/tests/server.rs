//! Servers that answer well, badly, slowly or not at all, on this machine.

// A test that meets a missing file or value has to fail there and then.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use licit_model::Purl;
use licit_remote::config::{Trust, cargo, composer, gems, goproxy, maven, npmrc, nuget, pip};
use licit_remote::{Answer, Auth, Client, Endpoint, Limits, Registries, Secret, Settings};

/// One request as the server saw it.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

type Handler = dyn Fn(&Asked, usize, &mut TcpStream) + Send + Sync;

/// A server on a port of its own, until the test ends.
struct Server {
    port: u16,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// The handler gets the request, its number from 0, and the connection.
    fn new(handler: impl Fn(&Asked, usize, &mut TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (handler, kept): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&log));
        let count = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, count) = (Arc::clone(&handler), Arc::clone(&kept), Arc::clone(&count));
                std::thread::spawn(move || {
                    let mut stream = stream;
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    let path = line.split(' ').nth(1).unwrap_or_default().to_string();
                    let mut headers = Vec::new();
                    loop {
                        let mut line = String::new();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                            break;
                        }
                        if let Some((name, value)) = line.split_once(':') {
                            headers.push((name.to_string(), value.trim().to_string()));
                        }
                    }
                    let asked = Asked { path, headers };
                    log.lock().unwrap().push(asked.clone());
                    handler(&asked, count.fetch_add(1, Ordering::SeqCst), &mut stream);
                });
            }
        });
        Server { port, log }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::parse(&self.url()).unwrap()
    }

    fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}

fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(1),
        read: Duration::from_millis(400),
        total: Duration::from_millis(600),
        deadline: Duration::from_secs(3),
        retries: 2,
        backoff: Duration::from_millis(5),
        longest_wait: Duration::from_millis(1100),
        ..Limits::default()
    }
}

fn settings(server: &Server) -> Settings {
    Settings {
        deps_dev: Some(server.endpoint()),
        limits: quick(),
        system_proxy: false,
        ..Settings::default()
    }
}

fn one(settings: Settings, purl: Purl) -> Answer {
    Client::new(settings).unwrap().fetch_many(&[purl], &()).remove(0)
}

fn texts(answer: &Answer) -> Vec<&str> {
    answer.licenses.iter().map(|l| l.text.as_str()).collect()
}

const MIT: &[u8] = br#"{"versionKey":{"system":"NPM","name":"a","version":"1.0.0"},
    "publishedAt":"2020-01-01T00:00:00Z","licenses":["MIT"]}"#;

fn a() -> Purl {
    Purl::npm("@s/a", "1.0.0")
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("licit-remote-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn text(&self) -> String {
        let mut all = String::new();
        let mut open = vec![self.0.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else {
                    all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
                }
            }
        }
        all
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_good_answer() {
    let server = Server::new(|_, _, s| send(s, "200 OK", "", MIT));
    let answer = one(settings(&server), a());
    assert_eq!((texts(&answer), answer.problem.as_deref()), (vec!["MIT"], None));
    assert_eq!(answer.source, "deps.dev");
    assert_eq!(answer.facts.released.as_deref(), Some("2020-01-01T00:00:00Z"));
    let asked = server.asked();
    assert_eq!(asked[0].path, "/v3/systems/npm/packages/@s%2Fa/versions/1.0.0");
    assert!(asked[0].header("user-agent").unwrap().starts_with("licit/"));
}

#[test]
fn not_found_is_said_and_not_tried_again() {
    let server = Server::new(|_, _, s| send(s, "404 Not Found", "", b"no"));
    let answer = one(settings(&server), a());
    assert!(answer.problem.unwrap().ends_with("does not know it"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn too_many_requests_waits_as_long_as_it_is_asked_to() {
    let server = Server::new(|_, n, s| match n {
        0 => send(s, "429 Too Many Requests", "Retry-After: 1\r\n", b""),
        _ => send(s, "200 OK", "", MIT),
    });
    let start = Instant::now();
    assert_eq!(texts(&one(settings(&server), a())), ["MIT"]);
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    let server = Server::new(|_, _, s| send(s, "429 Too Many Requests", "Retry-After: 3600\r\n", b""));
    let answer = one(settings(&server), a());
    assert!(answer.problem.unwrap().contains("asks to wait 3600 s"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_failing_server_is_tried_again_and_then_let_be() {
    let server = Server::new(|_, n, s| match n {
        0 => send(s, "500 Oh", "", b""),
        _ => send(s, "200 OK", "", MIT),
    });
    assert_eq!(texts(&one(settings(&server), a())), ["MIT"]);
    let server = Server::new(|_, _, s| send(s, "503 Oh", "", b""));
    let answer = one(settings(&server), a());
    assert!(answer.problem.unwrap().ends_with("answers with status 503 after 3 tries"));
    let purls: Vec<Purl> = (0..40).map(|i| Purl::npm("a", &format!("{i}.0.0"))).collect();
    let client =
        Client::new(Settings { limits: Limits { per_host: 1, ..quick() }, ..settings(&server) }).unwrap();
    let answers = client.fetch_many(&purls, &());
    assert!(answers.iter().all(|a| a.licenses.is_empty()));
    assert!(answers[39].problem.as_ref().unwrap().contains("is not asked again"));
    assert_eq!(server.asked().len(), 3 + 5 * 3);
}

#[test]
fn a_slow_server_does_not_hold_up_the_scan() {
    let silent = Server::new(|_, _, _| std::thread::sleep(Duration::from_secs(5)));
    let drip = Server::new(|_, _, s| {
        let _ = s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for _ in 0..1000 {
            if s.write_all(b" ").is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    for server in [&silent, &drip] {
        let start = Instant::now();
        let settings = Settings { limits: Limits { retries: 0, ..quick() }, ..settings(server) };
        let answer = one(settings, a());
        assert!(answer.problem.as_ref().unwrap().ends_with("it is too slow"), "{answer:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
    let limits = Limits { deadline: Duration::from_millis(250), per_host: 2, ..quick() };
    let purls: Vec<Purl> = (0..20).map(|i| Purl::npm("a", &format!("{i}.0.0"))).collect();
    let start = Instant::now();
    let client = Client::new(Settings { limits, ..settings(&silent) }).unwrap();
    let answers = client.fetch_many(&purls, &());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(answers.iter().all(|a| a.problem.is_some()));
}

#[test]
fn a_dead_server_is_a_problem() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::new(|_, _, _| ());
    let deps_dev = Endpoint::parse(&format!("http://127.0.0.1:{port}"));
    let answer = one(Settings { deps_dev, ..settings(&server) }, a());
    assert!(answer.problem.unwrap().ends_with("no connection"));
}

#[test]
fn a_cut_answer_is_no_answer() {
    let server = Server::new(|_, _, s| {
        let _ = s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"versionKey\":");
    });
    let answer = one(settings(&server), a());
    assert!(answer.problem.unwrap().ends_with("the answer breaks off"));
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn wrong_answers_are_no_license_and_are_not_kept() {
    let folder = Folder::new("wrong");
    let bodies: [&[u8]; 6] = [
        b"<html>Sign in</html>",
        b"[]",
        br#"{"licenses":["MIT"]}"#,
        br#"{"versionKey":{"version":"9.9.9"},"licenses":["MIT"]}"#,
        br#"{"versionKey":{"version":"1.0.0"},"licenses":[["MIT"]]}"#,
        &[0xff; 64],
    ];
    for body in bodies {
        let server = Server::new(move |_, _, s| send(s, "200 OK", "", body));
        let answer = one(Settings { cache_dir: Some(folder.0.clone()), ..settings(&server) }, a());
        assert!(answer.licenses.is_empty());
        assert!(answer.problem.unwrap().contains("cannot be used"), "{}", String::from_utf8_lossy(body));
    }
    let deep = "[".repeat(200_000);
    let server = Server::new(move |_, _, s| send(s, "200 OK", "", deep.as_bytes()));
    assert!(one(settings(&server), a()).problem.is_some());
    assert_eq!(folder.text(), "");
}

#[test]
fn a_redirect_elsewhere_is_not_followed_and_gets_no_token() {
    let elsewhere =
        Server::new(|_, _, s| send(s, "200 OK", "", br#"{"name":"@s/a","version":"1.0.0","license":"MIT"}"#));
    let to = format!("Location: {}/stolen\r\n", elsewhere.url());
    let server = Server::new(move |_, _, s| send(s, "302 Found", &to, b""));
    let answer = one(with_token(&server), a());
    assert!(answer.licenses.is_empty());
    let problem = answer.problem.unwrap();
    assert!(problem.contains("which is not followed") && !problem.contains("hush"), "{problem}");
    assert!(elsewhere.asked().is_empty());
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer hush"));
}

#[test]
fn a_redirect_on_the_same_server_is_followed_and_a_circle_ends() {
    let server = Server::new(|asked, _, s| match asked.path.as_str() {
        "/moved" => send(s, "200 OK", "", br#"{"name":"@s/a","version":"1.0.0","license":"MIT"}"#),
        _ => send(s, "301 Moved", "Location: /moved\r\n", b""),
    });
    assert_eq!(texts(&one(with_token(&server), a())), ["MIT"]);
    let server = Server::new(|_, _, s| send(s, "301 Moved", "Location: /again\r\n", b""));
    assert!(one(with_token(&server), a()).problem.unwrap().contains("circle"));
}

fn with_token(server: &Server) -> Settings {
    let text = format!("registry={}\n//127.0.0.1:{}/:_authToken=hush\n", server.url(), server.port);
    let npm = npmrc::read(&[(Trust::User, &text)], &|_| None);
    Settings { registries: Registries { npm, ..Registries::default() }, ..settings(server) }
}

#[test]
fn long_answers_are_not_read() {
    let told = Server::new(|_, _, s| {
        let _ = s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        let _ = s.write_all(&[b' '; 1 << 16]);
    });
    let untold = Server::new(|_, _, s| {
        let _ = s.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        for _ in 0..1600 {
            if s.write_all(&[b' '; 1 << 16]).is_err() {
                return;
            }
        }
    });
    // A hundred megabytes that are a hundred kilobytes on the way: 25 times the same four.
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&vec![b' '; 4 << 20]).unwrap();
    let packed = gz.finish().unwrap().repeat(25);
    let bomb = Server::new(move |_, _, s| send(s, "200 OK", "Content-Encoding: gzip\r\n", &packed));
    for server in [&told, &untold, &bomb] {
        let limits = Limits {
            answer_bytes: 1 << 20,
            read: Duration::from_secs(5),
            total: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            ..quick()
        };
        let answer = one(Settings { limits, ..settings(server) }, a());
        assert!(answer.problem.as_ref().unwrap().contains("longer than 1048576 bytes"), "{answer:?}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn gzip_is_unpacked() {
    let server = Server::new(|asked, _, s| {
        assert!(asked.header("accept-encoding").unwrap().contains("gzip"));
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(MIT).unwrap();
        send(s, "200 OK", "Content-Encoding: gzip\r\n", &gz.finish().unwrap());
    });
    assert_eq!(texts(&one(settings(&server), a())), ["MIT"]);
}

#[test]
fn answers_are_kept_confirmed_and_replayed() {
    let folder = Folder::new("kept");
    let server = Server::new(|asked, _, s| match asked.header("if-none-match") {
        Some("\"one\"") => send(s, "304 Not Modified", "", b""),
        _ => send(s, "200 OK", "ETag: \"one\"\r\n", br#"{"name":"@s/a","version":"1.0.0","license":"MIT"}"#),
    });
    let cache_dir = Some(folder.0.clone());
    let stale = Limits { fresh: Duration::ZERO, ..quick() };
    let asks = |limits, replay| {
        one(Settings { cache_dir: cache_dir.clone(), limits, replay, ..with_token(&server) }, a())
    };
    // First, nothing is there to replay.
    assert!(asks(stale, true).problem.unwrap().contains("the cache holds no answer"));
    assert_eq!(server.asked().len(), 0);
    assert_eq!(texts(&asks(stale, false)), ["MIT"]);
    assert_eq!(texts(&asks(stale, false)), ["MIT"]);
    assert_eq!(server.asked().len(), 2);
    assert_eq!(server.asked()[1].header("if-none-match"), Some("\"one\""));
    // A fresh answer is not asked for, and a replay asks nobody.
    assert_eq!(texts(&asks(quick(), false)), ["MIT"]);
    assert_eq!(texts(&asks(stale, true)), ["MIT"]);
    assert_eq!(server.asked().len(), 2);
    let text = folder.text();
    assert!(text.contains("MIT") && !text.contains("hush"), "{text}");
}

#[test]
fn what_was_once_answered_outlives_the_server() {
    let folder = Folder::new("outlives");
    let server = Server::new(|_, n, s| match n {
        0 => send(s, "200 OK", "", MIT),
        _ => send(s, "500 Oh", "", b""),
    });
    let limits = Limits { fresh: Duration::ZERO, ..quick() };
    let ask = || one(Settings { cache_dir: Some(folder.0.clone()), limits, ..settings(&server) }, a());
    assert_eq!(texts(&ask()), ["MIT"]);
    assert_eq!(texts(&ask()), ["MIT"]);
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn refusals_name_the_host_and_no_token() {
    let server = Server::new(|_, _, s| send(s, "401 Unauthorized", "", b"hush is wrong"));
    let answer = one(with_token(&server), a());
    let problem = answer.problem.clone().unwrap();
    assert!(problem.contains("refuses to answer (401)"), "{problem}");
    assert!(!format!("{answer:?}").contains("hush"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn credentials_in_an_address_do_not_show() {
    let server = Server::new(|_, _, s| send(s, "500 Oh", "", b""));
    let address = format!("http://me:hush@127.0.0.1:{}/simple", server.port);
    let pip = pip::read(&[], Some(&address), None, None);
    let settings = Settings { registries: Registries { pip, ..Registries::default() }, ..settings(&server) };
    assert!(!format!("{settings:?}").contains("hush"));
    let answer = one(settings, Purl::pypi("a", "1.0"));
    assert!(!format!("{answer:?}").contains("hush"));
    assert_eq!(server.asked()[0].header("authorization"), Some("Basic bWU6aHVzaA=="));
    assert_eq!(server.asked()[0].path, "/pypi/a/1.0/json");
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn npm_by_version_or_by_the_whole_document() {
    let server = Server::new(|asked, _, s| match asked.path.as_str() {
        "/@s%2Fa" => send(
            s,
            "200 OK",
            "",
            br#"{"dist-tags":{"latest":"2.0.0"},"time":{"1.0.0":"2019"},"versions":{
                "1.0.0":{"name":"@s/a","version":"1.0.0","license":"MIT","deprecated":"use 2"},
                "2.0.0":{"name":"@s/a","version":"2.0.0","license":"BUSL-1.1"}}}"#,
        ),
        _ => send(s, "404 Not Found", "", b""),
    });
    let answer = one(with_token(&server), a());
    assert_eq!(texts(&answer), ["MIT"]);
    assert_eq!(answer.facts.line().unwrap(), "released 2019; deprecated: use 2; newest is 2.0.0; 2 releases");
    assert_eq!(answer.source, format!("127.0.0.1:{}", server.port));
}

#[test]
fn python_by_its_page_or_beside_a_wheel() {
    let server = Server::new(|asked, _, s| {
        match asked.path.as_str() {
        "/simple/a/" => send(
            s,
            "200 OK",
            "",
            br#"{"files":[{"filename":"a-1.0-py3-none-any.whl","url":"../../files/a.whl","core-metadata":true}]}"#,
        ),
        "/simple/d/" => send(
            s,
            "200 OK",
            "",
            br#"{"files":[{"filename":"d-1.0-py3-none-any.whl","url":"/files/d.whl","yanked":"bad"}]}"#,
        ),
        "/files/d.whl" => send(
            s,
            "200 OK",
            "",
            &zipped(&[("d-1.0.dist-info/METADATA", "Name: d\nVersion: 1.0\nLicense: BSD-2-Clause\n")]),
        ),
        "/files/a.whl.metadata" => {
            send(s, "200 OK", "", b"Metadata-Version: 2.4\nName: a\nVersion: 1.0\nLicense-Expression: MIT\n\n")
        }
        "/pypi/b/1.0/json" => send(
            s,
            "200 OK",
            "",
            br#"{"info":{"name":"B","version":"1.0","license_expression":"ISC","license":"odd"}}"#,
        ),
        _ => send(s, "404 Not Found", "", b""),
    }
    });
    let pip = pip::read(&[], Some(&format!("{}/simple", server.url())), None, None);
    let settings = Settings { registries: Registries { pip, ..Registries::default() }, ..settings(&server) };
    assert_eq!(texts(&one(settings.clone(), Purl::pypi("a", "1.0"))), ["MIT"]);
    assert_eq!(texts(&one(settings.clone(), Purl::pypi("b", "1.0"))), ["ISC"]);
    let answer = one(settings.clone(), Purl::pypi("d", "1.0"));
    assert_eq!((texts(&answer), answer.facts.yanked.as_deref()), (vec!["BSD-2-Clause"], Some("bad")));
    assert!(one(settings, Purl::pypi("c", "1.0")).problem.unwrap().ends_with("does not know it"));
}

#[test]
fn cargo_maven_nuget_and_go() {
    let server = Server::new(|asked, _, s| {
        let base = format!("http://{}", asked.header("host").unwrap());
        match asked.path.as_str() {
            "/config.json" => {
                send(s, "200 OK", "", format!(r#"{{"dl":"{base}/dl","api":"{base}/"}}"#).as_bytes())
            }
            "/api/v1/crates/a/1.0.0" => {
                send(s, "200 OK", "", br#"{"version":{"num":"1.0.0","license":"MIT","yanked":true}}"#)
            }
            "/g/h/a/1/a-1.pom" => send(
                s,
                "200 OK",
                "",
                b"<project><parent><groupId>g.h</groupId><artifactId>p</artifactId><version>2</version></parent>\
                  <artifactId>a</artifactId></project>",
            ),
            "/g/h/p/2/p-2.pom" => send(
                s,
                "200 OK",
                "",
                b"<project><artifactId>p</artifactId><licenses><license><name>EPL-2.0</name></license></licenses></project>",
            ),
            "/v3/index.json" => send(
                s,
                "200 OK",
                "",
                format!(r#"{{"resources":[{{"@id":"{base}/flat/","@type":"PackageBaseAddress/3.0.0"}}]}}"#).as_bytes(),
            ),
            "/flat/a/1.0.0/a.nuspec" => send(
                s,
                "200 OK",
                "",
                b"<package><metadata><id>A</id><version>1.0.0</version>\
                  <license type='expression'>MS-PL</license></metadata></package>",
            ),
            "/h.example/!a/@v/v1.0.0.info" => send(s, "200 OK", "", br#"{"Version":"v1.0.0","Time":"2018"}"#),
            "/h.example/!a/@v/v1.0.0.zip" => {
                let files = [
                    ("h.example/A@v1.0.0/LICENSE", "Go on."),
                    ("h.example/A@v1.0.0/sub/LICENSE", "Not this."),
                    ("h.example/A@v1.0.0/a.go", "package a"),
                ];
                send(s, "200 OK", "", &zipped(&files));
            }
            _ => send(s, "404 Not Found", "", b""),
        }
    });
    let url = server.url();
    let config =
        format!("[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+{url}\"\n");
    let xml = format!(
        "<settings><mirrors><mirror><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors></settings>"
    );
    let sources = format!(
        "<configuration><packageSources><add key='a' value='{url}/v3/index.json'/></packageSources></configuration>"
    );
    let registries = Registries {
        cargo: cargo::read(&[(Trust::User, &config)], &|_| None),
        maven: maven::read(&[&xml], &|_| None),
        nuget: nuget::read(&[(Trust::User, &sources)], &|_| None),
        go: goproxy::read(Some(&format!("{url},direct")), None, None),
        ..Registries::default()
    };
    let settings = Settings { registries, deps_dev: None, ..settings(&server) };
    let purls = [
        Purl::cargo("a", "1.0.0"),
        Purl::maven("g.h:a", "1"),
        Purl::nuget("A", "1.0.0"),
        Purl::golang("h.example/A", "v1.0.0"),
        Purl::cargo("missing", "1.0.0"),
    ];
    let answers = Client::new(settings).unwrap().fetch_many(&purls, &());
    let said: Vec<Vec<&str>> = answers.iter().map(texts).collect();
    assert_eq!(said, [vec!["MIT"], vec!["EPL-2.0"], vec!["MS-PL"], vec!["Go on."], vec![]], "{answers:#?}");
    assert_eq!(answers[0].facts.yanked.as_deref(), Some(""));
    assert_eq!(answers[3].facts.released.as_deref(), Some("2018"));
}

/// A gem with a specification inside.
fn gem(specification: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(specification.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(packed.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "metadata.gz", packed.as_slice()).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn gems_by_the_api_or_out_of_the_gem() {
    let server = Server::new(|asked, _, s| {
        match asked.path.as_str() {
        "/api/v2/rubygems/a/versions/1.0.json" => send(
            s,
            "200 OK",
            "",
            br#"{"name":"a","version":"1.0","licenses":["MIT"],"yanked":false,"version_created_at":"2020-01-01"}"#,
        ),
        "/gems/b-1.0-java.gem" => send(
            s,
            "200 OK",
            "",
            &gem("name: b\nversion: !ruby/object:Gem::Version\n  version: '1.0'\nlicenses:\n- LGPL-2.1\n- Ruby\n"),
        ),
        "/gems/c-1.0.gem" => send(
            s,
            "200 OK",
            "",
            &gem("name: other\nversion: !ruby/object:Gem::Version\n  version: '1.0'\nlicenses:\n- MIT\n"),
        ),
        "/gems/d-1.0.gem" => send(s, "200 OK", "", &gem("name: d\n")[..520]),
        _ => send(s, "404 Not Found", "", b""),
    }
    });
    let address = format!(":sources:\n- http://me:hush@127.0.0.1:{}/\n", server.port);
    let gems = gems::read(&[&address], &[], &[]);
    let settings = Settings { registries: Registries { gems, ..Registries::default() }, ..settings(&server) };
    let ask = |purl: Purl| one(settings.clone(), purl);
    let answer = ask(Purl::gem("a", "1.0"));
    assert_eq!((texts(&answer), answer.facts.released.as_deref()), (vec!["MIT"], Some("2020-01-01")));
    assert_eq!(answer.source, format!("127.0.0.1:{}", server.port));
    assert_eq!(texts(&ask(Purl::gem("b", "1.0").with("platform", "java"))), ["LGPL-2.1", "Ruby"]);
    assert!(ask(Purl::gem("c", "1.0")).problem.unwrap().contains("another one than was asked for"));
    assert!(ask(Purl::gem("d", "1.0")).problem.unwrap().contains("no whole gem"));
    assert!(ask(Purl::gem("e", "1.0")).problem.unwrap().ends_with("does not know it"));
    assert!(ask(Purl::gem("..", "1.0")).licenses.is_empty());
    assert!(server.asked().iter().all(|a| a.header("authorization") == Some("Basic bWU6aHVzaA==")));
    // A source that only the lockfile names gets no question, and no credentials.
    let elsewhere = Server::new(|_, _, s| send(s, "200 OK", "", b"{}"));
    let locked = ask(Purl::gem("a", "1.0").with("repository_url", &elsewhere.url()));
    assert!(locked.problem.unwrap().contains("is named by the scanned tree alone"));
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn php_packages_by_both_forms_of_repositories() {
    let server = Server::new(|asked, _, s| {
        match asked.path.as_str() {
        "/new/packages.json" => send(s, "200 OK", "", br#"{"packages":[],"metadata-url":"/new/p2/%package%.json"}"#),
        "/new/p2/a/b.json" => send(
            s,
            "200 OK",
            "",
            br#"{"minified":"composer/2.0","packages":{"a/b":[
                {"name":"a/b","version":"2.0.0","license":["BUSL-1.1"],"source":{"reference":"two"}},
                {"version":"1.0.0","license":["MIT"],"source":{"reference":"one"}}]}}"#,
        ),
        "/new/p2/a/b~dev.json" => send(
            s,
            "200 OK",
            "",
            br#"{"minified":"composer/2.0","packages":{"a/b":[{"name":"a/b","version":"dev-main","license":["ISC"]}]}}"#,
        ),
        "/old/packages.json" => send(
            s,
            "200 OK",
            "",
            br#"{"packages":{"c/d":{"1.0.0":{"name":"c/d","version":"1.0.0","license":"GPL-3.0-or-later"}}}}"#,
        ),
        _ => send(s, "404 Not Found", "", b""),
    }
    });
    let url = server.url();
    let config = format!(
        r#"{{"repositories":[{{"type":"composer","url":"{url}/new"}},{{"type":"composer","url":"{url}/old"}}]}}"#
    );
    let auth =
        format!(r#"{{"http-basic":{{"127.0.0.1:{}":{{"username":"me","password":"hush"}}}}}}"#, server.port);
    let composer = composer::read(&[(Trust::User, &config)], &[&auth]);
    let folder = Folder::new("composer");
    let settings = Settings {
        registries: Registries { composer, ..Registries::default() },
        cache_dir: Some(folder.0.clone()),
        ..settings(&server)
    };
    assert!(!format!("{settings:?}").contains("hush"));
    let ask = |purl: Purl| one(settings.clone(), purl);
    let first = ask(Purl::composer("a/b", "v1.0.0").with(licit_remote::VCS_REVISION, "one"));
    assert_eq!((texts(&first), first.facts.releases), (vec!["MIT"], Some(2)));
    assert_eq!(texts(&ask(Purl::composer("a/b", "dev-main"))), ["ISC"]);
    let fork = ask(Purl::composer("a/b", "1.0.0").with(licit_remote::VCS_REVISION, "fork"));
    assert!(fork.licenses.is_empty() && fork.problem.unwrap().contains("another commit"));
    assert_eq!(texts(&ask(Purl::composer("c/d", "1.0.0"))), ["GPL-3.0-or-later"]);
    assert!(ask(Purl::composer("e/f", "1.0.0")).problem.unwrap().ends_with("does not know it"));
    assert!(ask(Purl::composer("../f", "1.0.0")).licenses.is_empty());
    assert!(server.asked().iter().all(|a| a.header("authorization") == Some("Basic bWU6aHVzaA==")));
    assert!(!folder.text().contains("hush"));
}

#[test]
fn many_packages_come_back_in_order_and_twice_named_ones_are_asked_once() {
    let server = Server::new(|asked, _, s| {
        let version = asked.path.rsplit('/').next().unwrap();
        let body = format!(r#"{{"versionKey":{{"version":"{version}"}},"licenses":["MIT"]}}"#);
        send(s, "200 OK", "", body.as_bytes());
    });
    let purls: Vec<Purl> = (0..60).map(|i| Purl::npm("a", &format!("{}.0.0", i % 50))).collect();
    let answers = Client::new(settings(&server)).unwrap().fetch_many(&purls, &());
    assert!(answers.iter().zip(&purls).all(|(a, p)| a.purl == *p && texts(a) == ["MIT"]));
    assert_eq!(server.asked().len(), 50);
}

#[test]
fn secrets_do_not_show() {
    let auth = Auth::Bearer(Secret::new("hush"));
    let endpoint = Endpoint::parse("https://a.example").unwrap().with_auth(auth.clone());
    assert!(!format!("{auth:?} {endpoint:?}").contains("hush"));
}
