#!/usr/bin/env bash
# Builds the library in the profile for phones, without the parts of SQLite that nothing here uses.
#   bindings/phone.sh [arguments of cargo build]     for instance --target aarch64-linux-android
# Everybody who ships it builds it with this: bindings/size.csv is the ledger of what it gives.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Full text search is FTS5; the older FTS3, R-trees, the size of pages as a table and samples for the
# planner (nothing here runs ANALYZE) come with the bundled build and are only carried.
export LIBSQLITE3_FLAGS="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE \
-USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_STAT4 -USQLITE_SOUNDEX -USQLITE_ENABLE_LOAD_EXTENSION \
-DSQLITE_OMIT_LOAD_EXTENSION"
exec cargo build --locked --profile phone -p riposte-bindings "$@"
