//! Brings a database file to this build's version, one numbered step after the other.

use rusqlite::{Connection, TransactionBehavior};

use super::DbError;

/// "RIPS": says whose file it is.
const APPLICATION_ID: i64 = 0x5249_5053;

/// The steps, in order. A step that was released is never changed; a new one is added.
const STEPS: &[&str] = &[
    include_str!("0001_start.sql"),
    include_str!("0002_money.sql"),
    include_str!("0003_simulated.sql"),
    include_str!("0004_visitors.sql"),
    include_str!("0005_access.sql"),
    include_str!("0006_retention.sql"),
    include_str!("0007_persons.sql"),
];

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
    apply(connection, STEPS)
}

/// Brings a file through the steps that it does not have yet.
fn apply(connection: &mut Connection, steps: &[&str]) -> Result<(), DbError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).map_err(|_| DbError::NotOurs)?;
    for (number, step) in steps.iter().enumerate().skip(version) {
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

    /// A file as the second version left it, with these numbers: `(key of the simulator, secret)`.
    fn second_version(numbers: &[(Option<&str>, &str)]) -> Connection {
        const ACCOUNT: &str = "INSERT INTO account (id, name, server_id, epoch) VALUES (1, 'Atelier', 'srv-1', 1)";
        const NUMBER: &str =
            "INSERT INTO channel_link (kind, provider_id, base, version, token, app_secret, verify_token,
             simulated) VALUES ('whatsapp', ?1, 'https://graph', 'v1', ?2, ?2, ?2, NULL)";
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, STEPS.get(..2).unwrap()).unwrap();
        connection.execute(ACCOUNT, []).unwrap();
        for (index, (key, secret)) in numbers.iter().enumerate() {
            connection.execute(NUMBER, rusqlite::params![format!("number {index}"), secret]).unwrap();
            connection
                .execute("UPDATE channel_link SET simulated = ?1 WHERE channel_id = last_insert_rowid()", [key])
                .unwrap();
        }
        run(&mut connection).unwrap();
        connection
    }

    #[test]
    fn an_old_folder_with_a_real_number_is_a_real_one_and_what_was_played_in_it_signs_nothing() {
        let secrets = |connection: &Connection| -> Vec<String> {
            let mut statement = connection.prepare("SELECT app_secret FROM channel_link ORDER BY channel_id").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let simulated = |connection: &Connection| -> bool {
            connection.query_row("SELECT simulated FROM account", [], |row| row.get(0)).unwrap()
        };
        let mixed = second_version(&[(Some("atelier"), "secret-1"), (None, "a real secret")]);
        assert_eq!((simulated(&mixed), secrets(&mixed)), (false, vec![String::new(), "a real secret".to_owned()]));
        let played = second_version(&[(Some("atelier"), "secret-1")]);
        assert_eq!((simulated(&played), secrets(&played)), (true, vec![String::new()]));
        assert!(!simulated(&second_version(&[(None, "a real secret")])));
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
