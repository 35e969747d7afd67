//! A backup in memory, and the server restored from it: what phones live through when an operator
//! goes back to yesterday.
//!
//! Who is signed in is kept as it is, so that a restored server is another history to its phones
//! and not a closed door. The files of messages stay too: they are named by what is in them.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Admin, AdminError, setup};
use crate::db::DbError;

/// Tables that are not part of a backup.
const KEPT: [&str; 6] = ["session", "token_pair", "device", "agent_login", "visitor", "upload"];

/// Everything the server knew at one moment.
#[derive(Clone)]
pub struct Backup {
    tables: Vec<Table>,
}

#[derive(Clone)]
struct Table {
    name: String,
    columns: usize,
    rows: Vec<Vec<Value>>,
}

impl Admin {
    /// Everything the server knows now.
    pub async fn back_up(&self) -> Result<Backup, AdminError> {
        self.app.read(|tx| Ok(read_all(tx)?)).await
    }

    /// Goes back to a backup. What came after it is forgotten, another history begins, and no id is
    /// given twice.
    pub async fn restore(&self, backup: &Backup) -> Result<(), AdminError> {
        let backup = backup.clone();
        self.app
            .write(move |w| {
                // Of what is given up, only how far it came must not be forgotten: going back twice
                // to the same backup begins two histories.
                let (epoch, seq): (i64, i64) =
                    w.tx.query_row("SELECT epoch, seq FROM account", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let counters = read_table(w.tx, "counter")?;
                for table in &backup.tables {
                    write_all(w.tx, table)?;
                }
                write_all(w.tx, &counters)?;
                w.tx.execute("UPDATE account SET epoch = ?1, seq = ?2", [epoch, seq])?;
                setup::begin_another_history(w)?;
                // What was under way when the backup was made: as at any start.
                Ok(crate::commands::recover(w)?)
            })
            .await
    }
}

fn read_all(db: &Connection) -> Result<Backup, DbError> {
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = db.prepare(TABLES)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut tables = Vec::new();
    for name in names.into_iter().filter(|name| !KEPT.contains(&name.as_str())) {
        tables.push(read_table(db, &name)?);
    }
    Ok(Backup { tables })
}

/// The names are our own schema's.
fn read_table(db: &Connection, name: &str) -> Result<Table, DbError> {
    let mut statement = db.prepare(&format!("SELECT * FROM {name}"))?;
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    let rows = statement.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
    Ok(Table { name: name.to_owned(), columns, rows })
}

fn write_all(db: &Connection, table: &Table) -> Result<(), DbError> {
    db.execute(&format!("DELETE FROM {}", table.name), [])?;
    let places = vec!["?"; table.columns].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO {} VALUES ({places})", table.name))?;
    for row in &table.rows {
        insert.execute(params_from_iter(row))?;
    }
    Ok(())
}
