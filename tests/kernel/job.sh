# SPDX-License-Identifier: Apache-2.0
# What a guest does for the judge; `init` reads it in.

# Tests of the source, each on this kernel: what it says and how it ended. Where programs for BPF LSM run those on hooks alone: the other
# boot does the rest, and an emulated processor takes minutes for all.
case $(cat /sys/kernel/security/lsm) in
    *bpf*) tests=/tests/*-lsm ;;
    *) tests=/tests/* ;;
esac
up() { # seconds since the boot
    read -r seconds rest </proc/uptime
    echo "$seconds"
}
mkdir /out/tests
echo "$(up) booted" >>/out/times.txt
for test in $tests; do
    [ -x "$test" ] || continue
    name=${test##*/}
    timeout 120 "$test" >"/out/tests/$name.tap" 2>"/out/tests/$name.err"
    echo $? >"/out/tests/$name.status"
    echo "$(up) $name" >>/out/times.txt
done

# Opens a file of that name again and again until the watching tells of it.
wait_for() { # name, seconds
    tries=0
    while [ $tries -lt $(($2 * 5)) ]; do
        [ -d "/proc/$watch" ] || return 1
        : >>"/t/sentinel-$1"
        sleep 0.2
        grep -q "sentinel-$1" /out/watch.jsonl && return 0
        tries=$((tries + 1))
    done
    return 1
}

# Somebody sets the clock, forth and back, while the same is found again and again.
clock_is_set() {
    for to in '2041-05-05 05:05' '2001-01-01 01:01'; do
        date -s "$to" >/dev/null
        name=${to%%-*}
        sleep 1 # the watching looks at the clock five times a second
        wait_for "$name" 30; echo $? >"/out/clock-$name.status"
        for i in 1 2 3 4 5 6 7 8 9 10; do
            : >>/t/again
            sleep 0.3
        done
    done
}

if [ -x /bin/davy-watch ]; then
    davy watch --plan --verbose --rules /rules.yaml >/out/plan.txt 2>/out/plan.err
    echo $? >/out/plan.status
    echo "$(up) plan" >>/out/times.txt
    davy watch --rules /rules.yaml --format json >/out/watch.jsonl 2>/out/watch.err &
    watch=$!
    wait_for begin 60; echo $? >/out/begin.status
    echo "$(up) watching" >>/out/times.txt
    /t/bin/acts >/out/acts.jsonl 2>/out/acts.err
    wait_for end 30; echo $? >/out/end.status
    clock_is_set
    grep -e VmHWM -e VmRSS -e VmLck "/proc/$watch/status" >/out/watch.memory
    kill -TERM $watch
    wait $watch
    echo $? >/out/watch.status
    echo "$(up) watched" >>/out/times.txt
fi
