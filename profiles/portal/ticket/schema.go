package ticket

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations lead from each version of the database to the next; user_version counts
// those that were applied. One that was released is never changed.
//
// Times are Unix milliseconds. A ticket is pending while it has no lookup. A file stays
// as a line of history when what was sealed is gone.
var migrations = []string{`
CREATE TABLE tickets (
	seq       INTEGER PRIMARY KEY AUTOINCREMENT,
	id        TEXT NOT NULL UNIQUE,
	user      TEXT NOT NULL,
	canonical TEXT NOT NULL,
	by        TEXT NOT NULL,
	search    TEXT NOT NULL,
	sign_in   TEXT NOT NULL,
	kinds     TEXT NOT NULL DEFAULT '',
	made      INTEGER NOT NULL,
	expires   INTEGER,
	redeemed  INTEGER,
	fetched   INTEGER,
	ended     INTEGER,
	end_state TEXT,
	ended_by  TEXT NOT NULL DEFAULT '',
	wrong     INTEGER NOT NULL DEFAULT 0,
	lookup    BLOB UNIQUE,
	pin       BLOB,
	session   BLOB
) STRICT;
CREATE UNIQUE INDEX tickets_pending ON tickets (canonical, sign_in) WHERE lookup IS NULL AND ended IS NULL;
CREATE INDEX tickets_made ON tickets (made);
CREATE TABLE files (
	ticket  INTEGER NOT NULL REFERENCES tickets (seq) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	name    TEXT NOT NULL,
	kind    TEXT NOT NULL,
	fetched INTEGER,
	ref     TEXT NOT NULL,
	noted   INTEGER,
	sealed  BLOB,
	PRIMARY KEY (ticket, n),
	UNIQUE (ticket, name)
) STRICT;
CREATE INDEX files_waiting ON files (ticket) WHERE sealed IS NOT NULL;
CREATE INDEX files_unnoted ON files (fetched) WHERE noted IS NULL AND ref <> '' AND fetched IS NOT NULL;
`}

// migrate brings the database to the version of this program.
func migrate(ctx context.Context, tx *sql.Tx) error {
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("its tickets have version %d, and this program knows those up to %d: use a newer easkit", version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
			return fmt.Errorf("bringing it to version %d: %w", version+1, err)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
			return fmt.Errorf("bringing it to version %d: %w", version+1, err)
		}
	}
	return nil
}
