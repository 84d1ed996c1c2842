#!/usr/bin/env python3
"""The floor of transaction Bundles: bundle_floor.py FILE SECONDS. Eleven bodies and 12 index entries for each into plain SQLite tables, one durable
transaction a Bundle, one writer. Prints Bundles a second."""
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.executescript('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE res (n INTEGER PRIMARY KEY, id TEXT, body BLOB);'
                 'CREATE TABLE idx (param INTEGER, value TEXT, n INTEGER, PRIMARY KEY (param, value, n)) WITHOUT ROWID')
body, n, bundles, start, seconds = b'{' + b'x' * 400 + b'}', 0, 0, time.monotonic(), float(sys.argv[2])
while time.monotonic() - start < seconds:
    db.execute('BEGIN IMMEDIATE')
    rows = range(n, n + 11)
    db.executemany('INSERT INTO res VALUES (?, ?, ?)', [(row, f'{row:012x}', body) for row in rows])
    db.executemany('INSERT INTO idx VALUES (?, ?, ?)', [(param, f'http://loinc.org|{row * 7919 % 10007}-{param}', row) for row in rows for param in range(12)])
    db.execute('COMMIT')
    n += 11; bundles += 1
print(round(bundles / (time.monotonic() - start)))
