#!/bin/sh
# Makes the broker's password file from deploy/secrets/users, whose lines are user:password.
#
# To let in a source: add its line, run this again (docker compose up broker-users), and send the broker SIGHUP
# (docker compose kill --signal HUP broker). Connected sources stay connected.
set -eu

users=/mosquitto/users/passwords

umask 077
grep -v '^$' /run/secrets/users >"$users.new"
mosquitto_passwd -U "$users.new"
chown mosquitto "$users.new"
mv "$users.new" "$users"
