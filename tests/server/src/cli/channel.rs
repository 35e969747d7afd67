//! Connecting a number or page.

use clap::{Args, ValueEnum};
use riposte::model::{ChannelId, ChannelKind};
use riposte_server::sim::account::VERSION;
use riposte_server::{Admin, ChannelLink, NewChannel, Origin};

use super::CliError;
use super::secret::{self, Secret, Source};

/// A number or page to be connected.
#[derive(Debug, Args)]
pub(super) struct AddChannel {
    /// Which channel.
    #[arg(long)]
    kind: Kind,
    /// The name of the page, or the label of the number.
    #[arg(long)]
    name: String,
    /// The number in digits, or the page's id, as customers see it.
    #[arg(long)]
    address: Option<String>,
    /// The phone number id or page id at the provider.
    #[arg(long)]
    provider_id: String,
    /// The WhatsApp business account, for its templates.
    #[arg(long)]
    business_id: Option<String>,
    /// Where the provider's API is.
    #[arg(long, default_value = "https://graph.facebook.com", value_name = "URL")]
    base: String,
    /// The API's version.
    #[arg(long, default_value = VERSION)]
    api_version: String,
    /// The file with the token that the API asks for; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    /// The file with the secret that signs the webhooks; without a secret none is believed.
    #[arg(long, value_name = "FILE")]
    app_secret_file: Option<String>,
    /// The file with the token that verifies the address of the webhooks.
    #[arg(long, value_name = "FILE")]
    verify_token_file: Option<String>,
    #[arg(long, hide = true)]
    token: Option<Secret>,
    #[arg(long, hide = true)]
    app_secret: Option<Secret>,
    #[arg(long, hide = true)]
    verify_token: Option<Secret>,
    /// The key that a web site's widget shows.
    #[arg(long)]
    site_key: Option<String>,
    /// A web site that may call the widget from a browser; may be given several times.
    #[arg(long = "origin", value_name = "https://SITE")]
    origins: Vec<Origin>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Whatsapp,
    Messenger,
    Instagram,
    Widget,
}

impl From<Kind> for ChannelKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Whatsapp => Self::Whatsapp,
            Kind::Messenger => Self::Messenger,
            Kind::Instagram => Self::Instagram,
            Kind::Widget => Self::Widget,
        }
    }
}

/// Connects it.
pub(super) async fn add_channel(admin: &Admin, asked: AddChannel) -> Result<ChannelId, CliError> {
    let secret = |name, variable, file: &Option<String>, given: &Option<Secret>| {
        let source = Source { name, variable, file: file.as_deref(), given: given.as_ref() };
        secret::read(&source).map(Option::unwrap_or_default)
    };
    let token = secret("API token", "RIPOSTE_TOKEN", &asked.token_file, &asked.token)?;
    let app_secret = secret("app secret", "RIPOSTE_APP_SECRET", &asked.app_secret_file, &asked.app_secret)?;
    let verify_token = secret("verify token", "RIPOSTE_VERIFY_TOKEN", &asked.verify_token_file, &asked.verify_token)?;
    let channel = NewChannel {
        address: asked.address,
        origins: asked.origins,
        ..NewChannel::new(asked.kind.into(), &asked.name)
    };
    let link = ChannelLink {
        base: asked.base.trim_end_matches('/').to_owned(),
        version: asked.api_version,
        provider_id: asked.provider_id,
        business_id: asked.business_id,
        token,
        app_secret,
        verify_token,
        site_key: asked.site_key,
    };
    Ok(admin.add_channel(channel, link).await?)
}
