# Completion of posta-server for bash: commands, their options, the words of ctl, slugs, log levels.
#
# Commands and options come from the program's own help, slugs from the manifest that is named on
# the line or else from the usual one, so that nothing here can be out of date.
#
# For bash 4 and later, also as `bash --posix`: no process substitution. Other shells that are called
# sh (dash, busybox ash) have no completion that a program could add to.

_posta_server_commands() { # what stands at the beginning of a line of the help
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\( [a-z]\{1,\}\)\{0,1\}\)   *.*/\1/p'
}

_posta_server_slugs() {
    local manifest=/etc/posta/identities.toml at
    for ((at = 1; at < COMP_CWORD; at++)); do
        [ "${COMP_WORDS[at]}" != --manifest ] || manifest=${COMP_WORDS[at + 1]}
    done
    sed -n 's/^[[:space:]]*slug[[:space:]]*=[[:space:]]*"\([a-z0-9-]*\)".*/\1/p' "$manifest" 2>/dev/null
}

# The words after the command that are neither options nor their values: those that take one are
# followed by a name in capitals in the help.
_posta_server_ctl() {
    local -a words=("$@")
    case ${#words[@]} in
        0) echo "status restart stop start reload plan wait logs events top metrics loglevel reopen" \
            "upgrade shutdown wake version help" ;;
        1) case ${words[0]} in
            status|restart|stop|start|wait|wake) _posta_server_slugs ;;
            logs) _posta_server_slugs; echo front ;;
            loglevel) _posta_server_slugs; echo debug info warn error ;;
            esac ;;
        2) case ${words[0]} in
            wait) echo ready stopped ;;
            loglevel) echo debug info warn error ;;
            esac ;;
    esac
}

_posta_server_offer() { # one a line
    [ -z "$1" ] || mapfile -t COMPREPLY <<< "$1"
}

_posta_server() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous= at
    local -a plain=()
    [ "$COMP_CWORD" -eq 0 ] || previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
            --manifest|--data-dir|--run-dir|--slug|--url|--name|--user|--from|--to|--listen|--sort| \
            --admin-listen|--log-format|--log-file|--notify-fd|--id|--ttl|--device-hint|--connect|-n) ((at++)) ;;
            -*) ;;
            *) plain+=("${COMP_WORDS[at]}") ;;
        esac
    done

    local choices=
    case $previous in
        --slug) choices=$(_posta_server_slugs) ;;
        --log-format) choices="text json" ;;
        --sort) choices="requests latency memory restarts name" ;;
        --manifest|--log-file|--from|--to) _posta_server_offer "$(compgen -f -- "$current")"; return ;;
        --data-dir|--run-dir) _posta_server_offer "$(compgen -d -- "$current")"; return ;;
        *) case $current in
            -*) [ ${#plain[@]} -eq 0 ] && choices="--help --version" ||
                choices=$("$program" "${plain[@]:0:2}" --help 2>/dev/null | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
                    grep -oE -- '--[a-z-]+')
                [ -n "$choices" ] ||
                    choices=$("$program" "${plain[0]}" --help 2>/dev/null | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
                        grep -oE -- '--[a-z-]+') ;;
            *) case ${plain[0]-} in
                '') choices=$(_posta_server_commands "$program" | cut -d ' ' -f 1) ;;
                ctl) choices=$(_posta_server_ctl "${plain[@]:1}") ;;
                selftest) choices=$(_posta_server_slugs) ;;
                *) [ ${#plain[@]} -ne 1 ] || choices=$(_posta_server_commands "$program" |
                    sed -n "s/^${plain[0]} //p") ;;
                esac ;;
            esac ;;
    esac
    _posta_server_offer "$(compgen -W "$choices" -- "$current" | sort -u)"
}

complete -F _posta_server posta-server
