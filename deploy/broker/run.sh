#!/bin/sh
# Runs a broker on what `hengjian broker configure --directory DIRECTORY` writes, and has it read that again when it
# changes: connected clients stay connected, unless they are no longer let in.
#
#   run.sh nats|mosquitto DIRECTORY
#
# A nats-server that holds more than it may lets in nobody, not even ingest, which would make room: where its limit was
# lowered, a start gives it 64 MiB beyond what it holds by then.
#
# Whom the broker refuses is kept in DIRECTORY/broker.log, of at most twice 16 MiB, where `--log` finds it.
set -eu
umask 077

make=$1
directory=$2
case "$make" in
    nats) program=nats-server main=nats.conf ;;
    mosquitto) program=mosquitto main=mosquitto.conf ;;
    *) echo "run.sh: '$make' is neither nats nor mosquitto" >&2; exit 2 ;;
esac
# Debian keeps Mosquitto here.
PATH="$PATH:/usr/sbin:/usr/local/sbin"

until [ -e "$directory/$main" ]; do
    echo "run.sh: waiting for $directory/$main" >&2
    sleep 1
done
mkdir -p "$directory/messages"

# Mosquitto names what it refuses among its debugging lines alone; those that nobody needs end here.
kept='Violation|unable to store retained|authentication error|^[0-9]+: (New client connected|Denied PUBLISH|Client .* disconnected, not auth)|^[0-9]+: .+ [012] [^ ]'
# So does what one source may have nats-server say of each message: the file, which is bounded, has it.
noise='^[[][0-9]+[]] .*[[]ERR[]] .*(Violation|unable to store retained)|^[0-9]+: (Sending|Received|Denied|No will|New |Client |\t|.+ [012] [^ ])'

# One awk of several reads ahead of its pipe unless told not to.
case "$(awk -W version 2>&1 </dev/null || true)" in
    mawk*) eager="-W interactive" ;;
    *) eager= ;;
esac

pipe="$directory/log.pipe"
rm -f "$pipe"
mkfifo "$pipe"
# shellcheck disable=SC2086 # two words, or none
LOG="$directory/broker.log" awk $eager -v kept="$kept" -v noise="$noise" '
    $0 !~ noise { print; fflush() }
    $0 ~ kept {
        if (size > 16777216) {
            close(ENVIRON["LOG"]); system("mv -f \"$LOG\" \"$LOG.1\""); size = 0
        }
        print >> ENVIRON["LOG"]; fflush(ENVIRON["LOG"]); size += length($0) + 1
    }' <"$pipe" &
keeper=$!

# nats-server changes this limit at a start alone, so it is the same until then.
started="$directory/$main" least=0
if [ "$make" = nats ]; then
    started="$directory/started.conf"
    least=$(find "$directory/messages" -type f -exec ls -ln {} + |
        awk '{ held += $5 } END { printf "%.0f", held + 64 * 1024 * 1024 }')
fi
prepare() {
    [ "$make" = nats ] || return 0
    awk -v least="$least" '$1 == "max_file_store:" && $2 + 0 < least + 0 { $0 = "  max_file_store: " least } 1' \
        "$directory/$main" >"$started.new"
    mv -f "$started.new" "$started"
}

# Certificates that were renewed count too.
state() { cksum "$directory/$main" "$directory/passwords" "$directory/acl" "$directory"/certificates/* 2>/dev/null || true; }
before=$(state)
prepare
"$program" -c "$started" >"$pipe" 2>&1 &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null' TERM INT

while kill -0 "$broker" 2>/dev/null; do
    sleep 2 &
    wait $! || true
    now=$(state)
    if [ "$now" != "$before" ]; then
        before=$now
        prepare
        kill -HUP "$broker" 2>/dev/null || true
    fi
done
status=0
wait "$broker" || status=$?
wait "$keeper" || true
rm -f "$pipe"
exit "$status"
