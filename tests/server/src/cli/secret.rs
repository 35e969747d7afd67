//! Secrets on their way in: from a file, from standard input (`-`), or from the environment. On a command
//! line every user of the machine can read them, and shells keep them.

use std::io::Read;
use std::str::FromStr;

use super::CliError;

/// A secret that `Debug` does not print.
#[derive(Clone)]
pub(super) struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Where one secret comes from.
pub(super) struct Source<'a> {
    /// What it is called in messages.
    pub(super) name: &'a str,
    /// The variable of the environment.
    pub(super) variable: &'a str,
    /// The file that was named; `-` is standard input.
    pub(super) file: Option<&'a str>,
    /// The secret itself, given on the command line.
    pub(super) given: Option<&'a Secret>,
}

/// Reads a secret; none if nothing names one. The line's end is not part of it.
pub(super) fn read(source: &Source<'_>) -> Result<Option<String>, CliError> {
    let Source { name, variable, file, given } = source;
    if let Some(file) = file {
        let read = match *file {
            "-" => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map(|_| text)
            }
            file => std::fs::read_to_string(file),
        };
        let text = read.map_err(|error| CliError::Secret((*name).to_owned(), error))?;
        return Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if let Some(Secret(given)) = given {
        eprintln!(
            "riposte-server: every user of this machine can read a command line: give the {name} in a file instead"
        );
        return Ok(Some(given.clone()));
    }
    Ok(std::env::var(variable).ok().filter(|secret| !secret.is_empty()))
}
