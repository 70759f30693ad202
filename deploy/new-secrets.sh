#!/usr/bin/env bash
# Makes the passwords of a deployment: .env for the database and ingest, deploy/secrets/city.json for the simulated city.
#
#   deploy/new-secrets.sh
#
# Nothing that exists is overwritten. Sources of your own get theirs from `hengjian source add`.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077

city=(charge-liangzhu charge-tianmu city-gas city-power city-water fuel-qianjiang fuel-xihu fuel-yunhe)

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -p deploy/secrets
if [ ! -e .env ]; then
    printf 'HENGJIAN_DATABASE_PASSWORD=%s\nHENGJIAN_INGEST_PASSWORD=%s\n' "$(password)" "$(password)" >.env
fi
# The name of ingest's session at the broker: who knows it could take the session over.
grep -q '^HENGJIAN_INGEST_SECRET=' .env || printf 'HENGJIAN_INGEST_SECRET=%s\n' "$(password | cut -c1-32)" >>.env

if [ ! -e deploy/secrets/city.json ]; then
    {
        printf '{\n'
        separator=
        for source in "${city[@]}"; do
            printf '%s "%s": "%s"' "$separator" "$source" "$(password)"
            separator=$',\n'
        done
        printf '\n}\n'
    } >deploy/secrets/city.json
fi
# Compose mounts it as it is, and the image's user must read it.
chmod 644 deploy/secrets/city.json
