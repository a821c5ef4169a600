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
redis-server --port 0 --unixsocket "$work/redis" --dir "$folder" --appendonly no --save '' >"$work/log" 2>&1 &
server=$!
fail() { cat "$work/log" >&2; echo "$1" >&2; kill "$server" 2>/dev/null || true; exit 1; }
ask() { redis-cli -s "$work/redis" "$@"; }
tries=0
until [ "$(ask ping 2>/dev/null)" = PONG ]; do
  kill -0 "$server" 2>/dev/null || fail 'Redis cannot read the copy'
  tries=$((tries + 1))
  [ "$tries" -lt 3000 ] || fail 'Redis did not read the copy within 5 minutes'
  sleep 0.1
done
ask config set appendonly yes >/dev/null
until [ "$(ask info persistence | grep -cE '^aof_rewrite_(in_progress|scheduled):0')" = 2 ]; do sleep 0.1; done
ask info persistence | grep -q '^aof_last_bgrewrite_status:ok' || fail 'The append-only file was not written'
echo "$folder has $(ask dbsize) keys"
ask shutdown nosave >/dev/null 2>&1 || true
wait "$server" || true
rm -f "$folder/dump.rdb"
