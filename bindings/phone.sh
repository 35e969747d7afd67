#!/usr/bin/env bash
# Builds the library in the profile for phones, without the parts of SQLite that nothing here uses.
#   bindings/phone.sh [arguments of cargo build]     for instance --target aarch64-linux-android
# Every package for phones is built with this; bindings/size.csv is the ledger of its size.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Full text search is FTS5; the older FTS3, R-trees, the size of pages as a table, samples for the
# planner (nothing here runs ANALYZE), JSON in SQL, text in UTF-16 and callbacks that nothing sets come
# with the bundled build and only cost size.
# Not SQLITE_OMIT_DESERIALIZE: the sample account lives in a database in memory.
export LIBSQLITE3_FLAGS="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE \
-USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_STAT4 -USQLITE_SOUNDEX -USQLITE_ENABLE_LOAD_EXTENSION \
-DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_JSON -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE \
-DSQLITE_OMIT_GET_TABLE -DSQLITE_OMIT_TCL_VARIABLE -DSQLITE_OMIT_UTF16 -DSQLITE_OMIT_COMPLETE \
-DSQLITE_OMIT_TRACE -DSQLITE_OMIT_PROGRESS_CALLBACK -DSQLITE_OMIT_AUTHORIZATION"
# A panic is caught before it comes to C, so C needs no tables to unwind it by.
export CFLAGS="${CFLAGS:-} -fno-asynchronous-unwind-tables -fno-unwind-tables"
exec cargo build --locked --profile phone -p riposte-bindings "$@"
