//! The server's rows as a phone keeps them, read out of its file: what screens do not show is
//! compared too.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// What the server sends, table by table.
const TABLES: [&str; 12] = [
    "conversation",
    "message",
    "contact",
    "channel",
    "agent",
    "agent_group",
    "saved_reply",
    "template",
    "tariff",
    "allowance",
    "ledger",
    "read_marker",
];

/// Which version the feed or a snapshot last named: two phones that learnt it in different ways differ in
/// it.
const OF_THIS_PHONE: [&str; 2] = ["fed_seq", "fed_messages_seq"];

/// Every row that came from the server, a line each, in the order of tables and ids. The app may run.
pub fn rows(cache: &Path) -> rusqlite::Result<Vec<String>> {
    let db = Connection::open_with_flags(cache, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut lines = Vec::new();
    for table in TABLES {
        let mut query = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1"))?;
        let names: Vec<String> = query.column_names().map(str::to_owned).collect();
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let mut line = table.to_owned();
            for (index, name) in names.iter().enumerate().filter(|(_, name)| !OF_THIS_PHONE.contains(&name.as_str())) {
                line += &format!(" {name}={}", shown(name, row.get_ref(index)?));
            }
            lines.push(line);
        }
    }
    Ok(lines)
}

fn shown(name: &str, value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) if name == "delivery" => without_when_learnt(text),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
    }
}

/// Reports on a message, without since when this phone knows of each.
fn without_when_learnt(delivery: &[u8]) -> String {
    let Ok(mut reports) = serde_json::from_slice::<Value>(delivery) else {
        return String::from_utf8_lossy(delivery).into_owned();
    };
    for report in reports.as_array_mut().into_iter().flatten() {
        if let Some(report) = report.as_object_mut() {
            report.remove("known");
        }
    }
    reports.to_string()
}
