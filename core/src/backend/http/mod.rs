//! Our protocol over HTTP.
