#!/bin/sh
# Run a backup, and report to duplistat how it went: for machines without Python. It needs a POSIX shell and curl.
#
#     sh report.sh [-s SERVER] [-j JOB] [-o OPERATION] -- COMMAND...
#     sh report.sh flush
#
# The command runs whatever becomes of its report: its exit code is its own, and nobody waits for us for more than ten
# seconds. Of what it prints the last 256 KiB are told. What cannot be delivered is kept in a folder, and told at the
# next run, or by flush; so is a run of which this script was killed.
#
# DUPLISTAT_URL is the address of the server. The key is in DUPLISTAT_KEY, or in the file DUPLISTAT_KEY_FILE, by default
# ~/.duplistat-key: alone, or as a header for curl. DUPLISTAT_SPOOL is the folder.

url='' # filled in by the server that this was fetched from
url=${DUPLISTAT_URL:-$url}
url=${url%/}
longest=10
most=200
bytes=262144

mask=$(umask)
# Services of systemd may have no HOME.
home=${HOME:-$(getent passwd "$(id -u)" 2>/dev/null | cut -d : -f 6)}
spool=${DUPLISTAT_SPOOL:-${XDG_STATE_HOME:-${home:-/nonexistent}/.local/state}/duplistat/shell}
# The last word, however its lines end.
key=$(
    if [ -n "${DUPLISTAT_KEY:-}" ]; then
        printf '%s\n' "$DUPLISTAT_KEY"
    else
        cat "${DUPLISTAT_KEY_FILE:-$home/.duplistat-key}" 2>/dev/null
    fi | tr -s ' \t\r' '\n\n\n' | sed -n '/./h;${x;p;}'
)

say() { echo "duplistat: $*" >&2; }

now() { date +%s; }

# Seconds that no change of the clock touches, where /proc has them.
uptime_now() {
    { read -r up rest </proc/uptime; } 2>/dev/null || up=$(now)
    echo "${up%%.*}"
}

# Every byte as %XX: what it may be is no matter then.
encoded() { printf %s "$1" | od -An -tx1 -v | tr -d '\n' | sed 's/ /%/g'; }

# When a process began, in ticks since the machine did; 0 where /proc does not say.
born() {
    since=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)
    echo "${since:-0}"
}

boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown; }

# post QUERY FILE SECONDS: 0 when it is taken, 1 for another time, 2 when it is refused. The key is in no argument.
post() {
    if [ -z "$key" ]; then
        problem='there is no key'
        return 1
    fi
    # The last line is the status, what comes before is the answer.
    answer=$(printf 'header = "X-Api-Key: %s"\nheader = "Content-Type: text/plain"\n' "$key" |
        curl -g -sS -K - --connect-timeout 5 --max-time "$3" -w '\n%{http_code}' --data-binary "@$2" \
            "$url/api/report?$1" 2>&1)
    problem=$(printf %s "$answer" | sed '/^$/d' | tail -n 2 | tr '\n' ' ' | cut -c 1-200)
    # What anything else between us and the server says decides nothing, but for the size that a proxy takes.
    case $(printf %s "$answer" | tail -n 1):$answer in
        200:*\"status\":*\"success\"*) return 0 ;;
        413:* | 400:*\"status\":*\"error\"* | 422:*\"status\":*\"error\"*) return 2 ;;
        200:*) problem='what answers there is no duplistat' ;;
    esac
    return 1
}

# Make a report of each run whose script was killed.
bury() {
    for run in "$spool"/*.run; do
        [ -e "$run" ] || continue
        name=${run%.run}
        read -r pid start machine <"$run" || continue
        if [ "$machine" = "$(boot)" ] && kill -0 "$pid" 2>/dev/null && [ "$start" = "$(born "$pid")" ]; then
            continue
        fi
        if [ ! -e "$name.end" ]; then
            sed -n '2s/$/\&state=interrupted/p' "$run" >"$name.new" && mv "$name.new" "$name.end"
        fi
        rm -f "$run" "$name.1" "$name.2" "$name.log"
    done
    for copy in "$spool"/copy-*; do
        kill -0 "${copy##*-}" 2>/dev/null || rm -f "$copy"
    done
}

# deliver UNTIL NAME: send what waits, the oldest first; 1 where something is left. Several may at once, by NAME.
deliver() {
    left=0
    copy="$spool/copy-$2-$$"
    number=$(ls "$spool" 2>/dev/null | grep -c '\.end$')
    for end in "$spool"/*.end; do
        [ -e "$end" ] || continue
        name=${end%.end}
        if [ "$number" -gt "$most" ]; then
            number=$((number - 1))
            rm -f "$end" "$name.out"
            continue
        fi
        seconds=$(($1 - $(uptime_now)))
        if [ "$left" -ge 3 ] || [ "$seconds" -lt 1 ]; then
            left=$((left + 1))
            continue
        fi
        # Whoever delivers it meanwhile removes both, the query first: we send a copy of both, or nothing.
        [ -e "$name.out" ] || [ ! -e "$end" ] || true >"$name.out"
        cp "$name.out" "$copy" 2>/dev/null && waiting=$(cat "$end" 2>/dev/null) || continue
        post "$waiting" "$copy" "$seconds"
        case $? in
            # A note that its script could not remove any more would be told as interrupted.
            0) rm -f "$name.run" "$end" "$name.out" ;;
            1) left=$((left + 1)) ;;
            2)
                say "a report was refused, and is not kept: $problem"
                rm -f "$end" "$name.out"
                ;;
        esac
    done
    rm -f "$copy"
    [ "$left" -eq 0 ]
}

if [ "$*" = flush ]; then
    umask 077
    bury
    deliver "$(($(uptime_now) + 600))" flush && exit 0
    say "left: $left ($problem)"
    exit 1
fi

# What a command does, by its words: what makes no backup must make none look fresh, also where it prints nothing.
# They are those of words.py.
operation_of() {
    tool=$1
    shift
    backup='' verify='' restore='' prune='' other=''
    case $tool in
        rsync) ;;
        restic | rustic)
            backup='backup copy' verify='check' restore='restore'
            prune='forget prune'
            other='init snapshots stats ls list find diff mount dump cat unlock tag key rebuild-index repair version'
            ;;
        borg | borg2)
            backup='create' verify='check' restore='extract'
            prune='prune compact delete'
            other='init rcreate repo-create list rlist repo-list info rinfo repo-info diff'
            other="$other mount umount break-lock tag key version"
            ;;
        borgmatic)
            backup='create' verify='check' restore='extract restore'
            prune='prune compact delete'
            other='init rcreate repo-create list rlist repo-list info rinfo repo-info diff'
            other="$other mount umount break-lock tag key version"
            ;;
        rclone)
            backup='sync bisync copy copyto move moveto' verify='check cryptcheck'
            prune='delete purge cleanup'
            other='ls lsl lsd lsf lsjson size mount cat version'
            ;;
        kopia)
            backup='create' verify='verify' restore='restore'
            prune='delete expire maintenance'
            other='ls list stats info diff mount repository policy'
            ;;
        duplicity)
            backup='backup full incremental incr inc' verify='verify' restore='restore'
            prune='cleanup remove-older-than remove-all-but-n-full remove-all-inc-of-but-n-full'
            other='collection-status list-current-files replicate'
            ;;
        rdiff-backup)
            backup='backup' verify='verify --verify' restore='restore'
            prune='remove --remove-older-than'
            other='list info --list-increments regress'
            ;;
        *) return ;;
    esac
    for word in "$@"; do
        case $tool:$word in
            rsync:--*) [ "$word" = --dry-run ] || continue ;;
            rsync:-*[!A-Za-z-]*) continue ;;
            # What follows one of these letters is its value.
            rsync:-*) case ${word%%[efTBM]*} in *n*) ;; *) continue ;; esac ;;
            *:--dry-run | *:-n) ;;
            *) continue ;;
        esac
        echo other
        return
    done
    found='' skipped='' before='' last=''
    for word in "$@"; do
        before=$last last=$word
        if [ -n "$skipped" ]; then
            skipped=''
            continue
        fi
        case $tool:$word in
            restic:-p | rustic:-p | kopia:-p) skipped=1 ;;
            *:-r | *:--repo | *:--password-file | *:--tag | *:--host | *:--name | *:--config) skipped=1 ;;
            *:-o | *:--cache-dir | *:--archive-dir | *:--remote-path | *:--rsh | *:--log-file) skipped=1 ;;
            *:--password-command | *:--repository-file | *:--config-file | *:--backup-dir) skipped=1 ;;
            *:--cacert | *:--key-hint | *:--lock-wait | *:--retry-lock) skipped=1 ;;
        esac
        for operation in backup verify restore prune other; do
            eval "known=\$$operation"
            case " $known " in *" $word "*) ;; *) continue ;; esac
            # Of the actions of borgmatic, in any order, the backup matters most.
            [ "$tool:$operation" != borgmatic:backup ] || found=backup
            found=${found:-$operation}
        done
    done
    # duplicity without an action backs up to an address that comes last, and restores from one before a folder.
    if [ "$tool:$found" = duplicity: ] && [ $# -gt 2 ]; then
        case $before in -*) last='' ;; esac
        case $last in -*) last='' ;; esac
        case $before in
            *://*) case $last in '' | *://*) ;; *) found=restore ;; esac ;;
            *) case $last in *://*) found=backup ;; esac ;;
        esac
    fi
    [ -z "$found" ] || echo "$found"
}

server=$(hostname 2>/dev/null || uname -n)
job='' operation=''
while getopts s:j:o: option; do
    case $option in
        s) server=$OPTARG ;;
        j) job=$OPTARG ;;
        o) operation=$OPTARG ;;
        *)
            say 'report.sh [-s SERVER] [-j JOB] [-o OPERATION] -- COMMAND...'
            exit 2
            ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -eq 0 ]; then
    say 'there is no command'
    exit 2
fi
tool=${1##*/}
[ -n "$operation" ] || operation=$(operation_of "$tool" "$@")

started=$(now)
begun=$(uptime_now)
run="$started-$$-$(born $$)"
query="server=$(encoded "$server")&job=$(encoded "${job:-$tool}")&tool=$(encoded "$tool")&run=$run&started=$started"
[ -z "$operation" ] || query="$query&operation=$(encoded "$operation")"

# Whatever fails here, the command runs.
umask 077
mkdir -p "$spool" 2>/dev/null
at="$spool/$run"
if [ -z "$url" ]; then
    say 'no server is set, and nothing is reported: set DUPLISTAT_URL'
    at=
elif ! printf '%s %s %s\n%s\n' $$ "$(born $$)" "$(boot)" "$query" 2>/dev/null >"$at.new" || ! mv "$at.new" "$at.run"; then
    say "nothing can be kept in $spool"
    at=
    work=$(mktemp -d 2>/dev/null) && at="$work/$run"
fi
if [ -n "$url" ]; then
    (
        bury
        deliver "$((begun + longest))" before && post "$query&state=started" /dev/null "$longest"
    ) >/dev/null 2>&1 </dev/null &
fi

# It is to reach its end, to tell of it: what a terminal sends reaches the command as well. What copies its output has to
# outlive it. `:` would end this script where it cannot write, and `exec` finds programs alone, none of our functions.
trap : INT TERM HUP
if [ -n "$at" ] && true 2>/dev/null >"$at.out" && mkfifo "$at.1" "$at.2" "$at.log" 2>/dev/null; then
    (trap '' INT TERM HUP && exec tail -c "$bytes" <"$at.log" >"$at.out" 2>/dev/null) &
    kept=$!
    exec 4>"$at.log"
    (trap '' INT TERM HUP && exec tee "$at.log" <"$at.1" 4>&-) &
    first=$!
    (trap '' INT TERM HUP && exec tee "$at.log" <"$at.2" >&2 4>&-) &
    second=$!
    umask "$mask"
    (exec "$@") >"$at.1" 2>"$at.2" 4>&-
    code=$?
    umask 077
    # What it left in the background may have its streams for ever.
    (sleep 10 && kill -9 "$first" "$second") >/dev/null 2>&1 4>&- &
    reaper=$!
    wait "$first" "$second"
    kill "$reaper" 2>/dev/null
    exec 4>&-
    wait "$kept"
    rm -f "$at.1" "$at.2" "$at.log"
else
    umask "$mask"
    (exec "$@")
    code=$?
    umask 077
fi

lasted=$(($(uptime_now) - begun))
[ "$lasted" -ge 0 ] || lasted=0
ended=$(uptime_now)
if [ -n "$at" ]; then
    query="$query&exit=$code&ended=$((started + lasted))&duration=$lasted"
    [ -e "$at.out" ] || true 2>/dev/null >"$at.out"
    if [ -z "${work:-}" ] && printf '%s\n' "$query" 2>/dev/null >"$at.new" && mv "$at.new" "$at.end" 2>/dev/null; then
        rm -f "$at.run"
        deliver "$((ended + longest))" after ||
            say "the report was not delivered, and is kept for the next run: $problem"
    else
        # Without its file, as on a disk that is full, it can be sent once.
        out=$at.out
        [ -r "$out" ] || out=/dev/null
        if post "$query" "$out" "$longest"; then
            rm -f "$at.run" "$at.out"
        else
            say "the report was not delivered, and is not kept: $problem"
        fi
        rm -f "$at.new"
        [ -z "${work:-}" ] || rm -rf "$work"
    fi
fi
exit "$code"
