//! One page of an application. No redirect is followed: who asks is told to nobody but the host of the configuration.

use super::super::meter::Allowance;
use super::fault;
use super::schema::Api;
use crate::error::{Error, Result};
use kith_core::config::{RestAuth, Secret};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, LINK, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use std::time::Duration;

/// Bytes of one answer, which is in memory as a whole.
const PAGE_BYTES: usize = 64 << 20;
/// How often an application that is busy is asked again.
const TRIES: u32 = 8;

/// An answer.
pub(super) struct Answer {
    pub body: Vec<u8>,
    /// The header that may say where the next page is.
    pub link: Option<String>,
}

/// Who asks, read anew for each scan: a token that was changed counts at once.
enum Who {
    Nobody,
    Basic(String, String),
    Header(HeaderName, HeaderValue),
}

/// A client and who asks; kept for the pages of one scan.
pub(in super::super) struct Caller {
    client: Client,
    who: Who,
}

impl Caller {
    pub fn open(api: &Api) -> Result<Caller> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("kith/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::internal("an HTTP client can not be made", e))?;
        Ok(Caller { client, who: who(api)? })
    }

    fn request(&self, url: Url) -> RequestBuilder {
        self.signed(self.client.get(url).header(ACCEPT, "application/json"))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.who {
            Who::Nobody => request,
            Who::Basic(user, password) => request.basic_auth(user, Some(password)),
            Who::Header(name, value) => request.header(name, value),
        }
    }
}

/// An answer that comes in pieces. Dropped, the connection is closed.
pub(in super::super) struct Pieces(Response);

impl Pieces {
    /// The next one; `None` = that was all.
    pub async fn next(&mut self, api: &Api, allowance: &mut Allowance) -> Result<Option<bytes::Bytes>> {
        allowance.wait(self.0.chunk()).await?.map_err(|e| lost(api, e))
    }

    /// All of them together.
    pub async fn all(mut self, api: &Api, allowance: &mut Allowance) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(piece) = self.next(api, allowance).await? {
            if all.len() + piece.len() > PAGE_BYTES {
                return Err(fault::large_page(&api.name, PAGE_BYTES));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

impl Caller {
    /// Sends a question, whose answer comes in pieces.
    pub async fn ask(
        &self,
        api: &Api,
        url: Url,
        question: String,
        allowance: &mut Allowance,
    ) -> Result<Pieces> {
        let request = self.signed(self.client.post(url)).body(question);
        let answer = allowance.wait(request.send()).await?.map_err(|e| lost(api, e))?;
        judge(api, answer.status())?;
        Ok(Pieces(answer))
    }

    /// Asks for a page. One that is busy (429, 503) is asked again when it says, as long as the scan may wait.
    pub(super) async fn get(&self, api: &Api, url: Url, allowance: &mut Allowance) -> Result<Answer> {
        for tries in 0.. {
            let answer = allowance.wait(self.request(url.clone()).send()).await?.map_err(|e| lost(api, e))?;
            let status = answer.status();
            let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            if busy && tries < TRIES {
                let wait = after(answer.headers()).unwrap_or(Duration::from_secs(1 << tries.min(5)));
                drop(answer);
                allowance.wait(tokio::time::sleep(wait)).await?;
                continue;
            }
            judge(api, status)?;
            return read(api, answer, allowance).await;
        }
        Err(fault::down(&api.name, "it is busy"))
    }
}

fn judge(api: &Api, status: StatusCode) -> Result<()> {
    if status.is_success() {
        return Ok(());
    }
    let said = format!("it answers {}", status.as_u16());
    Err(match status {
        _ if status.is_redirection() => {
            fault::refused(&api.name, &format!("{said}, which leads elsewhere and is not followed"))
        }
        _ if status.is_client_error() => fault::refused(&api.name, &said),
        _ => fault::down(&api.name, &said),
    })
}

async fn read(api: &Api, mut answer: Response, allowance: &mut Allowance) -> Result<Answer> {
    let links: Vec<&str> =
        answer.headers().get_all(LINK).iter().filter_map(|link| link.to_str().ok()).collect();
    let link = (!links.is_empty()).then(|| links.join(", "));
    let mut body = Vec::new();
    while let Some(piece) = allowance.wait(answer.chunk()).await?.map_err(|e| lost(api, e))? {
        if body.len() + piece.len() > PAGE_BYTES {
            return Err(fault::large_page(&api.name, PAGE_BYTES));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { body, link })
}

/// What a library says of a failure names the address, which holds values.
fn lost(api: &Api, error: reqwest::Error) -> Error {
    let why = match () {
        () if error.is_connect() => "nobody answers there",
        () if error.is_body() || error.is_decode() => "its answer breaks off",
        () => "the request failed",
    };
    tracing::warn!(connection = api.name, error = %error.without_url(), "an application can not be read");
    fault::down(&api.name, why)
}

fn after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn who(api: &Api) -> Result<Who> {
    let text = |secret: &Secret| {
        let found = crate::connect::secret(&api.name, secret, &api.base);
        found.map_err(|e| fault::refused(&api.name, &e.to_string()))
    };
    let value = |text: String| {
        let value = HeaderValue::try_from(text);
        let mut value =
            value.map_err(|_| fault::refused(&api.name, "what tells who asks can not stand in a header"))?;
        value.set_sensitive(true);
        Ok::<_, Error>(value)
    };
    Ok(match &api.rest.auth {
        RestAuth::Nobody => Who::Nobody,
        RestAuth::Bearer(token) => {
            Who::Header(reqwest::header::AUTHORIZATION, value(format!("Bearer {}", text(token)?))?)
        }
        RestAuth::Basic(user, password) => Who::Basic(user.clone(), text(password)?),
        RestAuth::Header(name, key) => {
            let name = HeaderName::try_from(name.as_str());
            Who::Header(name.map_err(|e| Error::internal("a header has no name", e))?, value(text(key)?)?)
        }
    })
}
