//! What a call asks: its query, its path and its body, read with words for what is wrong.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::app::Shared;
use crate::problem::Problem;

/// The query of a call.
pub(super) struct Asked(HashMap<String, String>);

impl FromRequestParts<Shared> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri).map_err(|_| Problem::bad_request("the query cannot be read"))?;
        Ok(Self(query.0))
    }
}

impl Asked {
    /// A parameter's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Problem> {
        let read = |text: &str| text.parse().map_err(|_| Problem::bad_request(format!("{name} is a whole number")));
        self.text(name).map(read).transpose()
    }

    /// `limit`: how many at most, kept within what the server gives.
    pub(super) fn limit(&self, usual: usize, most: usize) -> Result<usize, Problem> {
        match self.number("limit")? {
            None => Ok(usual),
            Some(limit) if limit < 1 => Err(Problem::bad_request("limit is at least 1")),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
        }
    }
}

/// The one changing part of an address.
pub(super) struct Named(pub(super) String);

impl FromRequestParts<Shared> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let read: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, app).await;
        read.map(|Path(name)| Self(name)).map_err(|_| Problem::bad_request("the address cannot be read"))
    }
}

impl Named {
    /// A row's id. What is no id is not there.
    pub(super) fn id(&self) -> Result<i64, Problem> {
        self.0.parse().ok().filter(|id| *id > 0).ok_or_else(Problem::not_found)
    }
}

/// A body in JSON.
pub(super) struct Body(Bytes);

impl FromRequest<Shared> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        match Bytes::from_request(request, app).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) => {
                Err(Problem::too_large(u64::try_from(app.limits.body_bytes).unwrap_or(u64::MAX)))
            }
            Err(_) => Err(Problem::bad_request("the body was cut off")),
        }
    }
}

impl Body {
    /// Reads it as a record.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.0).map_err(|error| wrong(&error))
    }
}

/// What is wrong with a body, without the values in it.
pub(super) fn wrong(error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let detail = match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => format!("not JSON, at line {}", error.line()),
        Category::Data => without_values(&error.to_string()),
    };
    Problem::bad_request(detail)
}

/// Serde quotes values in double quotes and unknown words in backticks; fields in backticks too.
fn without_values(words: &str) -> String {
    if let Some(rest) = words.strip_prefix("unknown variant ") {
        let expected = rest.rsplit_once(", expected ").map_or("another word", |(_, expected)| expected);
        return format!("unknown word, expected {expected}");
    }
    let quoted = words.split('"').enumerate();
    let kept: Vec<&str> = quoted.map(|(place, part)| if place % 2 == 0 { part } else { "…" }).collect();
    kept.join("\"").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use riposte::model::Command;

    fn detail(body: &str) -> String {
        wrong(&serde_json::from_str::<Command>(body).unwrap_err()).error.detail
    }

    #[test]
    fn the_detail_names_the_field_and_not_what_was_written() {
        assert_eq!(detail("{"), "not JSON, at line 1");
        assert!(detail(r#"{"kind":"message.retry"}"#).contains("message_id"));
        assert!(!detail(r#"{"kind":"message.retry","message_id":"Léa 0612345678"}"#).contains("Léa"));
        assert!(!detail(r#"{"kind":"Léa 0612345678"}"#).contains("Léa"));
    }
}
