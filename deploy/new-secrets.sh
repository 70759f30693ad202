#!/usr/bin/env bash
# Makes the passwords of a deployment: .env for the database and ingest, deploy/secrets/ for the broker's users.
#
#   deploy/new-secrets.sh [source…]       passwords for these sources, beside those of the simulated city
#
# Nothing that exists is overwritten; a source that is new gets a line of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077

city=(charge-liangzhu charge-tianmu city-gas city-power city-water fuel-qianjiang fuel-xihu fuel-yunhe)

# The password of a user, or nothing.
known() { awk -F: -v user="$1" '$1 == user { print substr($0, length(user) + 2) }' "$users"; }
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -p deploy/secrets
if [ ! -e .env ]; then
    printf 'HENGJIAN_DATABASE_PASSWORD=%s\nHENGJIAN_INGEST_PASSWORD=%s\n' "$(password)" "$(password)" >.env
fi
# The name of ingest's session at the broker: who knows it could take the session over.
grep -q '^HENGJIAN_INGEST_SECRET=' .env || printf 'HENGJIAN_INGEST_SECRET=%s\n' "$(password | cut -c1-32)" >>.env
ingest="$(sed -n 's/^HENGJIAN_INGEST_PASSWORD=//p' .env)"

users=deploy/secrets/users
touch "$users"
for source in ingest "${city[@]}" "$@"; do
    case "$source" in
        '' | *[!A-Za-z0-9._-]*) echo "source code '$source' must be letters, digits, '.', '_' or '-'" >&2; exit 1 ;;
    esac
    if [ -z "$(known "$source")" ]; then
        if [ "$source" = ingest ]; then secret="$ingest"; else secret="$(password)"; fi
        printf '%s:%s\n' "$source" "$secret" >>"$users"
    fi
done

{
    printf '{\n'
    separator=
    for source in "${city[@]}"; do
        printf '%s "%s": "%s"' "$separator" "$source" "$(known "$source")"
        separator=$',\n'
    done
    printf '\n}\n'
} >deploy/secrets/city.json
# Compose mounts these as they are, and the image's user must read the city's.
chmod 644 deploy/secrets/city.json
