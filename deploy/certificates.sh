#!/bin/sh
# Makes the certificates of a deployment whose broker speaks TLS. Needs openssl 1.1.1 or later.
#
#   deploy/certificates.sh DIRECTORY authority                 ca.crt, ca.key: keep ca.key off the machines of the product
#   deploy/certificates.sh DIRECTORY broker NAME…              server.crt, server.key for host names and addresses
#   deploy/certificates.sh DIRECTORY source CODE [DAYS]        clients/CODE.crt, clients/CODE.key, common name CODE
#
# Ingest comes by the common name 'ingest'. Made again, a broker's or source's certificate replaces the one before; the
# authority's never is.
set -eu
umask 077

directory=${1:?say in which directory}
what=${2:?say what: authority, broker or source}
shift 2
mkdir -p "$directory/clients"
authority=$directory/ca

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# sign KEY CERTIFICATE COMMON-NAME DAYS EXTENSIONS
sign() {
    extensions=$(mktemp)
    request=$(mktemp)
    printf '%s\n' "$5" >"$extensions"
    openssl req -new -key "$1" -subj "/CN=$3" -out "$request"
    openssl x509 -req -in "$request" -CA "$authority.crt" -CAkey "$authority.key" \
        -set_serial "0x$(openssl rand -hex 16 | sed 's/^./1/')" -days "$4" -sha256 -extfile "$extensions" -out "$2" 2>/dev/null
    rm -f "$extensions" "$request"
}

case "$what" in
    authority)
        if [ -e "$authority.key" ]; then echo "$authority.key exists and stays" >&2; exit 1; fi
        key "$authority.key"
        openssl req -x509 -new -key "$authority.key" -subj "/CN=Hengjian" -days 3650 -sha256 \
            -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
            -out "$authority.crt"
        ;;
    broker)
        names=
        [ $# -gt 0 ] || { echo "say under which names the broker is reached" >&2; exit 1; }
        for name in "$@"; do
            case "$name" in
                '' | *[!A-Za-z0-9.:-]*) echo "'$name' is neither a host name nor an address" >&2; exit 1 ;;
                *:*) names="$names,IP:$name" ;;
                *[!0-9.]*) names="$names,DNS:$name" ;;
                *) names="$names,IP:$name" ;;
            esac
        done
        key "$directory/server.key"
        sign "$directory/server.key" "$directory/server.crt" "$1" 825 "subjectAltName=${names#,}
extendedKeyUsage=serverAuth
keyUsage=critical,digitalSignature"
        ;;
    source)
        code=${1:?say which source}
        case "$code" in
            '' | *[!A-Za-z0-9_-]*) echo "source code '$code' must be letters, digits, '_' or '-'" >&2; exit 1 ;;
        esac
        [ "${#code}" -le 64 ] || { echo "source code '$code' has more than 64 characters" >&2; exit 1; }
        key "$directory/clients/$code.key"
        sign "$directory/clients/$code.key" "$directory/clients/$code.crt" "$code" "${2:-397}" \
            "extendedKeyUsage=clientAuth
keyUsage=critical,digitalSignature"
        ;;
    *) echo "'$what' is neither authority, broker nor source" >&2; exit 2 ;;
esac
