#!/bin/sh
# Makes a data folder for Redis from a copy that `redis-cli --rdb FILE` took: an append-only Redis that is started on it
# goes on from the copy. A Redis that is merely given the file would begin empty, because it only reads its append-only
# file. Needs redis-server and redis-cli; runs as the user who will own the folder.
#
#   restore.sh COPY.rdb FOLDER        the folder must be empty or not exist
set -eu
copy=$1 folder=$2

mkdir -p "$folder"
if [ -n "$(ls -A "$folder")" ]; then echo "$folder is not empty" >&2; exit 1; fi
if [ "$(head -c 5 "$copy")" != REDIS ]; then echo "$copy is not a copy of Redis" >&2; exit 1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$copy" "$folder/dump.rdb"

# On a socket that nobody else knows, so that no worker takes jobs meanwhile.
redis-server --port 0 --unixsocket "$work/redis" --dir "$folder" --appendonly no --save '' --loglevel warning &
server=$!
ask() { redis-cli -s "$work/redis" "$@"; }
tries=0
until [ "$(ask ping 2>/dev/null)" = PONG ]; do
  kill -0 "$server" 2>/dev/null || { echo 'Redis cannot read the copy' >&2; exit 1; }
  tries=$((tries + 1))
  [ "$tries" -lt 3000 ] || { echo 'Redis did not read the copy within 5 minutes' >&2; kill "$server"; exit 1; }
  sleep 0.1
done
ask config set appendonly yes >/dev/null
until ask info persistence | grep -q '^aof_rewrite_in_progress:0' && ask info persistence | grep -q '^aof_rewrite_scheduled:0'; do
  sleep 0.1
done
ask info persistence | grep -q '^aof_last_bgrewrite_status:ok' || { echo 'The append-only file was not written' >&2; exit 1; }
echo "$folder has $(ask dbsize) keys"
ask shutdown nosave >/dev/null 2>&1 || true
wait "$server" || true
rm -f "$folder/dump.rdb"
