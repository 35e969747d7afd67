//! Brings a database file to this build's version, one numbered step after the other.

use rusqlite::{Connection, TransactionBehavior};

use super::DbError;

/// "RIPS": says whose file it is.
const APPLICATION_ID: i64 = 0x5249_5053;

/// The steps, in order. A step that was released is never changed; a new one is added.
const STEPS: &[&str] = &[include_str!("0001_start.sql"), include_str!("0002_money.sql")];

pub(super) fn run(connection: &mut Connection) -> Result<(), DbError> {
    let number = |name: &str, connection: &Connection| -> Result<i64, DbError> {
        Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
    };
    let version = usize::try_from(number("user_version", connection)?).map_err(|_| DbError::NotOurs)?;
    let owner = number("application_id", connection)?;
    if owner != APPLICATION_ID && !(owner == 0 && version == 0 && is_empty(connection)?) {
        return Err(DbError::NotOurs);
    }
    if version > STEPS.len() {
        return Err(DbError::Newer);
    }
    for (number, step) in STEPS.iter().enumerate().skip(version) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
        tx.commit()?;
    }
    Ok(())
}

fn is_empty(connection: &Connection) -> Result<bool, DbError> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_gets_every_step_and_the_second_time_none() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, i64::try_from(STEPS.len()).unwrap());
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(run(&mut connection), Err(DbError::Newer)));
    }

    #[test]
    fn a_file_of_another_program_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (a)").unwrap();
        assert!(matches!(run(&mut connection), Err(DbError::NotOurs)));
    }
}
