//! One question to one server: limits, tries, redirects and the cache.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};

use crate::cache::{Cache, Kept};
use crate::endpoint::{Auth, Endpoint, host_of};
use crate::error::Error;

/// How long, how much and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Questions that one host is asked at a time.
    pub per_host: usize,
    /// Bytes of one answer, unpacked.
    pub answer_bytes: u64,
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the next bytes of an answer are there.
    pub read: Duration,
    /// For one try, from the connection to the last byte.
    pub total: Duration,
    /// For everything that is asked in one run.
    pub deadline: Duration,
    /// Tries after the first.
    pub retries: u32,
    /// Pause before the second try; it doubles with every try.
    pub backoff: Duration,
    /// The longest pause, also where a server asks for a longer one.
    pub longest_wait: Duration,
    /// For how long a kept answer is taken without asking whether it still holds.
    pub fresh: Duration,
    /// Failures of a host in a row after which it is not asked again.
    pub give_up_after: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            per_host: 8,
            answer_bytes: 16 << 20,
            connect: Duration::from_secs(10),
            read: Duration::from_secs(15),
            total: Duration::from_secs(60),
            deadline: Duration::from_secs(600),
            retries: 3,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            fresh: Duration::from_secs(24 * 3600),
            give_up_after: 5,
        }
    }
}

/// Hops that are followed on one server.
const REDIRECTS: usize = 5;

/// Asks, within limits.
pub(crate) struct Transport {
    /// None where only the cache may be asked.
    client: Option<Client>,
    cache: Option<Cache>,
    limits: Limits,
}

/// Until when a run may ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until(Instant);

impl Until {
    pub(crate) fn new(limits: &Limits) -> Self {
        Until(Instant::now() + limits.deadline)
    }

    fn left(self) -> Result<Duration, Error> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Error::Deadline) } else { Ok(left) }
    }
}

/// One question.
pub(crate) struct Question<'q> {
    /// Who is asked; the address lies on this server.
    pub(crate) endpoint: &'q Endpoint,
    /// What is asked.
    pub(crate) url: Url,
    /// The format that is wanted.
    pub(crate) accept: &'static str,
    /// When the whole run ends.
    pub(crate) until: Until,
}

/// How one try ended.
enum Try {
    Answered {
        status: u16,
        etag: Option<String>,
        body: Vec<u8>,
    },
    Unchanged,
    /// Trying again may help, after the pause that the server asks for.
    Failed(Error, Option<Duration>),
}

impl Transport {
    pub(crate) fn new(
        cache_dir: Option<PathBuf>,
        replay: bool,
        limits: Limits,
        user_agent: &str,
        system_proxy: bool,
    ) -> Result<Self, Error> {
        let cache = cache_dir.map(Cache::new);
        if replay {
            return Ok(Transport { client: None, cache, limits });
        }
        // A second caller in the same process finds the choice made already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(user_agent)
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(limits.per_host);
        if !system_proxy {
            builder = builder.no_proxy();
        }
        let unusable = |_| {
            Error::Configuration(
                "no secure connection can be made: this machine has no certificates; set SSL_CERT_FILE"
                    .to_string(),
            )
        };
        Ok(Transport { client: Some(builder.build().map_err(unusable)?), cache, limits })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks and reads the answer. It is only kept where it could be read, so that a broken one is not believed for a
    /// day.
    pub(crate) fn ask<T>(
        &self,
        question: &Question<'_>,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let host = host_of(&question.url);
        let unreadable = |why| Error::Unreadable { host: host.clone(), why };
        let key = question.url.as_str();
        let kept = self.cache.as_ref().and_then(|c| c.read(key, self.limits.answer_bytes));
        let of_kept = |kept: &Kept| match kept.status {
            200 => read(&kept.body).map_err(unreadable),
            _ => Err(Error::NotKnown(host.clone())),
        };
        let Some(client) = &self.client else {
            return kept.as_ref().map_or_else(|| Err(Error::NotCached(host.clone())), of_kept);
        };
        if let Some(kept) = kept.as_ref().filter(|k| k.age < self.limits.fresh) {
            return of_kept(kept);
        }
        let keep = |status, etag: Option<&str>, body: &[u8]| {
            if let Some(cache) = &self.cache {
                cache.write(key, status, etag, body);
            }
        };
        match self.with_patience(client, question, kept.as_ref()) {
            Ok(Try::Unchanged) => {
                let kept = kept.as_ref().ok_or_else(|| unreadable("unchanged since never".to_string()))?;
                if let Some(cache) = &self.cache {
                    cache.confirm(key, kept);
                }
                of_kept(kept)
            }
            Ok(Try::Answered { status: 404 | 410, etag, .. }) => {
                keep(404, etag.as_deref(), b"");
                Err(Error::NotKnown(host))
            }
            Ok(Try::Answered { etag, body, .. }) => {
                let said = read(&body).map_err(unreadable)?;
                keep(200, etag.as_deref(), &body);
                Ok(said)
            }
            // A version never changes once it is published, so an older answer is better than none.
            Ok(Try::Failed(error, _)) | Err(error) => {
                match kept.filter(|k| k.status == 200 && error.is_outage()) {
                    Some(kept) => of_kept(&kept),
                    None => Err(error),
                }
            }
        }
    }

    /// Tries until there is an answer, or until trying again makes no sense.
    fn with_patience(
        &self,
        client: &Client,
        question: &Question<'_>,
        kept: Option<&Kept>,
    ) -> Result<Try, Error> {
        let mut tries = 0;
        loop {
            let (error, asked) = match self.once(client, question, kept)? {
                Try::Failed(error, asked) => (error, asked),
                answered => return Ok(answered),
            };
            tries += 1;
            let error = match error {
                Error::Status { host, status, .. } => Error::Status { host, status, tries },
                other => other,
            };
            if tries > self.limits.retries {
                return Err(error);
            }
            if let Some(wait) = asked.filter(|wait| *wait > self.limits.longest_wait) {
                return Err(Error::Busy { host: host_of(&question.url), wait });
            }
            let pause = asked.unwrap_or_else(|| self.pause(tries, question.url.as_str()));
            // Waiting past the end of the run would only delay the same failure.
            if pause >= question.until.left()? {
                return Err(error);
            }
            std::thread::sleep(pause);
        }
    }

    /// The pause before the next try: it doubles, and differs by up to a quarter between addresses, so that parallel
    /// questions do not come back all at once; the same address always waits as long.
    fn pause(&self, tries: u32, url: &str) -> Duration {
        let doubled = self.limits.backoff.saturating_mul(1 << (tries - 1).min(10));
        // FNV-1a: any even spread will do.
        let hash = url.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        (doubled + doubled.mul_f64(f64::from(hash % 256) / 1024.0)).min(self.limits.longest_wait)
    }

    fn once(&self, client: &Client, question: &Question<'_>, kept: Option<&Kept>) -> Result<Try, Error> {
        let until = Instant::now() + self.limits.total.min(question.until.left()?);
        let mut url = question.url.clone();
        for _ in 0..=REDIRECTS {
            let host = host_of(&url);
            let left = until.saturating_duration_since(Instant::now());
            // A time of nothing would mean none at all to the client.
            let patience = self.limits.read.min(left).max(Duration::from_millis(1));
            let mut request = client.get(url.clone()).header(ACCEPT, question.accept).timeout(patience);
            if let Some(value) = credentials(question.endpoint, &url)? {
                request = request.header(AUTHORIZATION, value);
            }
            if let Some(etag) = kept.and_then(|k| k.etag.as_deref()) {
                request = request.header(IF_NONE_MATCH, etag);
            }
            let response = match request.send() {
                Ok(response) => response,
                Err(error) => {
                    return Ok(Try::Failed(Error::Unreachable { host, why: reason(&error) }, None));
                }
            };
            let status = response.status();
            match status {
                StatusCode::OK => return self.body(response, host, until),
                StatusCode::NOT_MODIFIED => return Ok(Try::Unchanged),
                StatusCode::NOT_FOUND | StatusCode::GONE => {
                    return Ok(Try::Answered { status: 404, etag: None, body: Vec::new() });
                }
                StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                    return Err(Error::Refused { host, status: status.as_u16() });
                }
                _ if status.is_redirection() => url = next(&url, &response)?,
                _ if status.is_server_error()
                    || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) =>
                {
                    let wait = self.asked_wait(&response);
                    return Ok(Try::Failed(Error::Status { host, status: status.as_u16(), tries: 1 }, wait));
                }
                _ => return Err(Error::Status { host, status: status.as_u16(), tries: 1 }),
            }
        }
        Err(Error::Unreadable { host: host_of(&url), why: "it redirects in a circle".to_string() })
    }

    /// The pause that the server asks for. A date is read as the longest pause, since clocks differ.
    fn asked_wait(&self, response: &Response) -> Option<Duration> {
        let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
        match value.parse::<u64>() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => value.contains("GMT").then_some(self.limits.longest_wait),
        }
    }

    /// Reads the body in pieces, so that neither a long nor a slow one holds up the scan.
    fn body(&self, mut response: Response, host: String, until: Instant) -> Result<Try, Error> {
        let most = self.limits.answer_bytes;
        if response.content_length().is_some_and(|length| length > most) {
            return Err(Error::TooLong { host, most });
        }
        let etag = response.headers().get(ETAG).and_then(|v| v.to_str().ok()).map(str::to_string);
        let mut body = Vec::new();
        let mut piece = [0; 16 << 10];
        loop {
            match response.read(&mut piece) {
                Ok(0) => return Ok(Try::Answered { status: 200, etag, body }),
                Ok(read) => body.extend_from_slice(piece.get(..read).unwrap_or_default()),
                Err(error) => {
                    let timeout = error.kind() == std::io::ErrorKind::TimedOut
                        || error
                            .get_ref()
                            .and_then(|e| e.downcast_ref::<reqwest::Error>())
                            .is_some_and(reqwest::Error::is_timeout);
                    let why = if timeout { "it is too slow" } else { "the answer breaks off" };
                    return Ok(Try::Failed(Error::Unreachable { host, why }, None));
                }
            }
            if body.len() as u64 > most {
                return Err(Error::TooLong { host, most });
            }
            if Instant::now() >= until {
                return Ok(Try::Failed(Error::Unreachable { host, why: "it is too slow" }, None));
            }
        }
    }
}

/// The next address of a redirect: the same server, or the same host over TLS.
fn next(url: &Url, response: &Response) -> Result<Url, Error> {
    let host = host_of(url);
    let place = response.headers().get(LOCATION).and_then(|v| v.to_str().ok());
    let mut to = place.and_then(|place| url.join(place).ok()).ok_or_else(|| Error::Unreadable {
        host: host.clone(),
        why: "it redirects to nowhere".to_string(),
    })?;
    let upgrade = url.scheme() == "http"
        && to.scheme() == "https"
        && to.host_str() == url.host_str()
        && url.port().is_none()
        && to.port().is_none();
    if to.origin() != url.origin() && !upgrade {
        return Err(Error::Elsewhere { host, to: host_of(&to) });
    }
    // Credentials come from the user's configuration, not from a server.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

/// The header for a server; none where nothing is configured.
fn credentials(endpoint: &Endpoint, url: &Url) -> Result<Option<HeaderValue>, Error> {
    let Some(auth) = endpoint.auth() else { return Ok(None) };
    let loopback = match url.host_str() {
        Some(host) => host == "localhost" || host == "[::1]" || host.starts_with("127."),
        None => false,
    };
    if url.scheme() != "https" && !loopback {
        let says =
            format!("the credentials for {} would go over the network unencrypted; use https", host_of(url));
        return Err(Error::Configuration(says));
    }
    let text = match auth {
        Auth::Bearer(token) => format!("Bearer {}", token.reveal()),
        Auth::Basic(name, password) => {
            format!("Basic {}", base64(format!("{}:{}", name.reveal(), password.reveal()).as_bytes()))
        }
        Auth::Encoded(encoded) => format!("Basic {}", encoded.reveal()),
        Auth::Raw(value) => value.reveal().to_string(),
    };
    let says = || format!("the credentials for {} hold characters that cannot be sent", host_of(url));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Configuration(says()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The alphabet of RFC 4648 §4; written here because it is all that is needed of a library.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let byte = |at: usize| u32::from(piece.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (word >> (18 - 6 * at)) & 63;
            out.push(if at <= piece.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    out
}

/// Why no answer came, in words that hold no address: the library's own text would show the whole of it.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it is too slow"
    } else if error.is_connect() {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(inner) = cause {
            let text = inner.to_string();
            if text.contains("certificate") {
                return "its certificate is not trusted by this machine";
            }
            if text.contains("dns") {
                return "its name is not known";
            }
            cause = inner.source();
        }
        "no connection"
    } else {
        "the connection breaks off"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Secret;

    #[test]
    fn base64_pads() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"me:p"), "bWU6cA==");
        assert_eq!(base64(b"me:pw"), "bWU6cHc=");
        assert_eq!(base64(b"me:pwd"), "bWU6cHdk");
    }

    #[test]
    fn credentials_go_only_over_tls() {
        let auth = Auth::Bearer(Secret::new("hush"));
        let header = |address: &str| {
            let endpoint = Endpoint::parse(address).unwrap().with_auth(auth.clone());
            credentials(&endpoint, endpoint.url())
        };
        assert!(header("https://reg.example").unwrap().unwrap().is_sensitive());
        assert!(header("http://127.0.0.1:1").is_ok());
        let error = header("http://reg.example").unwrap_err().to_string();
        assert!(error.contains("unencrypted") && !error.contains("hush"), "{error}");
    }
}
