//! Whose call it is.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use riposte::model::AgentId;

use crate::app::Shared;
use crate::problem::Problem;
use crate::session::{SessionError, Who, authenticate, first_use};

/// An agent with a good access token.
pub(super) struct Signed(pub(super) Who);

impl Signed {
    pub(super) fn agent(&self) -> AgentId {
        self.0.agent
    }
}

impl FromRequestParts<Shared> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
        let token =
            header.and_then(|header| header.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else {
            return Err(Problem::new(401, "no_token", "this call needs a token"));
        };
        let (token, now) = (token.trim().to_owned(), app.now());
        let who = app.read(move |tx| authenticate(tx, &token, now)).await?;
        if who.unused {
            app.db.write(move |tx| first_use(tx, who)).await?;
        }
        Ok(Self(who))
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Expired => Self::new(401, "token_expired", "refresh the tokens"),
            SessionError::Revoked => Self::new(401, "session_revoked", "sign in again"),
            SessionError::NoRandom => Self::internal(),
            SessionError::Db(error) => error.into(),
        }
    }
}
