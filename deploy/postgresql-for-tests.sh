#!/usr/bin/env bash
# Starts a throw-away PostgreSQL on loopback for the tests and prints its URL; `stop` ends it.
# PostgreSQL refuses to run as root, so as root it runs as `nobody`. `trust` is for loopback tests only.
set -euo pipefail
folder=${THUOCDO_TEST_PG_DIR:-/tmp/thuocdo-postgresql}
port=${THUOCDO_TEST_PG_PORT:-54329}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
[ -x "$bin/initdb" ] || { echo "no PostgreSQL server here: apt-get install postgresql" >&2; exit 1; }
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
if [ "${1:-start}" = stop ]; then
  as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
  exit 0
fi
if ! as "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then
  rm -rf "$folder" && mkdir -p "$folder"
  if [ "$(id -u)" = 0 ]; then chown nobody "$folder"; fi
  as "$bin/initdb" -D "$folder/data" -U app -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  as "$bin/pg_ctl" -w -D "$folder/data" -l "$folder/log" -o "-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$folder -c max_connections=200" start >/dev/null
  as "$bin/createdb" -h 127.0.0.1 -p "$port" -U app thuocdo_test
fi
echo "postgresql://app@127.0.0.1:$port/thuocdo_test"
