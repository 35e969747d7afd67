//! Attachments: files by their hash, upload, download, eviction.
