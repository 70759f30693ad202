#!/usr/bin/env bash
# Gives this machine's PostgreSQL TimescaleDB, from the distribution alone.
#
#   deploy/install-timescaledb.sh            for the newest PostgreSQL of the machine
#   deploy/install-timescaledb.sh 15         for PostgreSQL 15
#
# Debian 13 and later carry a package. Debian 12 does not: there the next release's source package is built against
# the machine's own PostgreSQL. Both are the Apache-licensed edition. Run as root; a second run returns at once.
set -euo pipefail

say() { printf 'timescaledb: %s\n' "$*"; }
fail() { printf 'timescaledb: %s\n' "$*" >&2; exit 1; }

newest_postgresql() {
    local directory
    for directory in /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$directory" ] && basename "$(dirname "$(dirname "$directory")")"
    done | sort -n | tail -n 1
}

major="${1:-$(newest_postgresql)}"
[ -n "$major" ] || fail "no PostgreSQL server under /usr/lib/postgresql; install the package 'postgresql' first"

control="/usr/share/postgresql/$major/extension/timescaledb.control"
if [ -f "$control" ]; then
    say "PostgreSQL $major already has $(sed -n "s/^default_version *= *'\(.*\)'.*/version \1/p" "$control")"
    exit 0
fi

[ "$(id -u)" -eq 0 ] || fail "installing for PostgreSQL $major needs root: run it with sudo"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install --yes --no-install-recommends "$@" </dev/null >/dev/null; }

apt-get update </dev/null >/dev/null || say "package lists could not all be refreshed; going on with what there is"

if apt-cache show "postgresql-$major-timescaledb" >/dev/null 2>&1; then
    install "postgresql-$major-timescaledb"
    say "installed the package postgresql-$major-timescaledb"
    exit 0
fi

# --- no package: build the next release's source package ---------------------------------------------------------

. /etc/os-release
case "${VERSION_CODENAME:-}" in
    bookworm) next=trixie ;;
    *) fail "no package for PostgreSQL $major, and no newer release is known whose source to build on '${VERSION_CODENAME:-this system}'" ;;
esac

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"  # apt's download user must be able to enter
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/source"

# The archive is the one this machine already installs from; only the release differs.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
signed_by=
[ -f "$keyring" ] && signed_by="[signed-by=$keyring]"
apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' "Codename: $VERSION_CODENAME" 'Component: main' |
    sort -u | while read -r archive; do
        printf 'deb-src %s %s %s main\n' "$signed_by" "$archive" "$next"
    done >"$work/sources.list"
[ -s "$work/sources.list" ] || fail "apt knows no archive of Debian $VERSION_CODENAME to take sources from"

source_apt() {
    apt-get -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache::archives=$work/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" </dev/null
}

say "no package for PostgreSQL $major on $VERSION_CODENAME: building the source package of $next"
install build-essential cmake dpkg-dev libssl-dev "postgresql-server-dev-$major"
source_apt update >/dev/null
(cd "$work/source" && source_apt source timescaledb >/dev/null 2>&1) || fail "the source package 'timescaledb' of $next could not be had"

tree="$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -name 'timescaledb-*' | head -n 1)"
[ -n "$tree" ] || fail "the source package 'timescaledb' of $next unpacked to nothing"

log="$work/build.log"
if ! {
    cmake -S "$tree" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DAPACHE_ONLY=1 -DREGRESS_CHECKS=OFF \
        -DPG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config" &&
        cmake --build "$work/build" --parallel "$(nproc)" &&
        cmake --install "$work/build"
} >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "the build failed; its last lines stand above"
fi
say "built and installed $(sed -n "s/^default_version *= *'\(.*\)'.*/version \1/p" "$control") for PostgreSQL $major"
