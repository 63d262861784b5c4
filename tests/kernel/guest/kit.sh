# SPDX-License-Identifier: GPL-3.0-or-later
# What the job in the guest is made of. Sourced by busybox sh. What is found out goes to $OUT.
# shellcheck shell=sh
IIO=/sys/bus/iio/devices
BIN=/poise/bin
OUT=/out
# SITES, MOUNTS, SKIPS, SLEEP_S, SCENARIOS, GUARD_UNTIL_S as the host wrote them.
# shellcheck source=/dev/null
. /poise/setup

say() { echo "guest: $(cut -d ' ' -f 1 /proc/uptime) s: $*"; }
now() { cut -d ' ' -f 1 /proc/uptime; }
# In ns: CLOCK_MONOTONIC, which a sleep stops, and how far CLOCK_REALTIME is ahead of it.
clocks() { awk '/^now at/ {now = $3} /ktime_get_real$/ {getline; print now, $2; exit}' /proc/timer_list; }

address_of() {
    i=0
    for s in $SITES; do
        [ "$s" = "$1" ] && printf '0x%02x' $((16 + i))
        i=$((i + 1))
    done
}

device_of() { # sysfs folder of the IIO device with this label
    for d in "$IIO"/iio:device*; do
        [ -e "$d/label" ] && [ "$(cat "$d/label")" = "$1" ] && echo "$d"
    done
}

trigger_of() { # sysfs folder of the trigger with this name
    for d in "$IIO"/trigger*; do
        [ -e "$d/name" ] && [ "$(cat "$d/name")" = "$1" ] && echo "$d"
    done
}

# The chips: registers as after power-up and set-up by firmware, then the board's description of them.
make_harness() {
    addresses=''
    labels=''
    for s in $SITES; do
        addresses=$addresses${addresses:+,}$(address_of "$s")
        labels=$labels${labels:+,}$s
    done
    modprobe i2c-stub chip_addr="$addresses"
    BUS=$(grep -l 'SMBus stub' /sys/bus/i2c/devices/i2c-*/name | sed 's,.*/i2c-\([0-9]*\)/name,\1,')
    for s in $SITES; do
        # CHIP_ID; ACC_CONF 800 Hz, ACC_RANGE 16 g; GYR_CONF 800 Hz, GYR_RANGE 2000 deg/s
        for rv in 0x00:0xd1 0x40:0x2b 0x41:0x0c 0x42:0x2b 0x43:0x00; do
            i2cset -y "$BUS" "$(address_of "$s")" "${rv%:*}" "${rv#*:}"
        done
    done
    modprobe poise_harness bus="$BUS" address="$addresses" label="$labels" mount="$MOUNTS"
}

# Numbers of the triggers: a stock kernel lets two devices share one.
TRIGGERS=$(seq $((($(echo "$SITES" | wc -w) + 1) / 2)))

make_hrtimers() { # hr1 …, each at 1 kHz
    for n in $TRIGGERS; do
        mkdir "/sys/kernel/config/iio/triggers/hrtimer/hr$n"
        echo 1000 >"$(trigger_of "hr$n")/sampling_frequency"
    done
}

set_trigger() { # SITE TRIGGER
    echo "$2" >"$(device_of "$1")/trigger/current_trigger"
}

share_triggers() { # NAME: two devices each to NAME1, NAME2 …
    i=0
    for s in $SITES; do
        set_trigger "$s" "$1$((i / 2 + 1))"
        i=$((i + 1))
    done
}

play() { # OPTIONS…: in the background, $PLAYER
    chips=
    for s in $SITES; do chips="$chips --chip $s@$(address_of "$s")"; done
    # shellcheck disable=SC2086
    "$BIN/imu_player" --recording /poise/feed.xdf --bus "$BUS" $chips "$@" &
    PLAYER=$!
}

start_daemon() { # NAME OPTIONS…: in the background, $DAEMON; its files are $OUT/NAME.*
    NAME=$1
    shift
    RUN=/run/$NAME
    mkdir -p "$RUN/rt" "$RUN/state"
    # shellcheck disable=SC2086
    env $GUARD "$BIN/poised" -c /poise/rig.yaml --runtime-dir "$RUN/rt" --state-dir "$RUN/state" \
        --emit "$RUN/emit.jsonl" "$@" 2>"$OUT/$NAME.log" &
    DAEMON=$!
    for _ in $(seq 100); do
        [ -e "$RUN/rt/control" ] && return
        sleep 0.1
    done
    say "no daemon $NAME"
}

ctl() { "$BIN/poisectl" --runtime-dir "$RUN/rt" "$@"; }

status_to() { # SUFFIX
    ctl status --json >"$OUT/$NAME.$1.json" || say "no status $NAME $1"
}

stop_daemon() {
    pid=$(pidof poised)
    [ -n "$pid" ] && kill -TERM "$pid"
    wait "$DAEMON"
    echo $? >"$OUT/$NAME.exit"
    cp "$RUN/emit.jsonl" "$OUT/$NAME.jsonl"
    if [ -e "$RUN/run.xdf" ]; then cp "$RUN/run.xdf" "$OUT/$NAME.xdf"; fi
}

stop_player() {
    pid=$(pidof imu_player)
    [ -n "$pid" ] && kill -TERM "$pid"
    wait "$PLAYER"
}
