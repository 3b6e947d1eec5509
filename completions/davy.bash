# SPDX-License-Identifier: Apache-2.0
# bash completion for davy
_davy_all() {
    local cur prev words cword
    _init_completion 2>/dev/null || {
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    }
    local commands='scan detonate rules feed admit watch case replay logs cost drill hunt help'
    if [ "$cword" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$commands --help --version" -- "$cur"))
        return
    fi
    case ${words[1]} in
    scan)
        case $prev in
        --format | -f) COMPREPLY=($(compgen -W 'text json sarif html cyclonedx spdx openmetrics' -- "$cur")); return ;;
        --fail-on) COMPREPLY=($(compgen -W 'critical high medium low none' -- "$cur")); return ;;
        --colour) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
        --name | --platform | --decode-depth | --jobs | -j | --stall | --list | --yara-define) return ;;
        --output | -o | --auth | --ca | --from | --keep | --policy | --rules | -r | --yara | --secrets | --hashes | --leaked | --lists | --feed)
            COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--format --output --fail-on --full --name --platform --all-platforms --auth --ca --keep
                --policy --rules --yara --yara-define --secrets --decode-depth --hashes --leaked --list --lists --no-shipped-lists --jobs --stall --no-cache --unconfined --feed
                --no-feed --colour --from --stream --quiet --verbose --help --version' -- "$cur"))
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    detonate)
        case $prev in
        --format | -f) COMPREPLY=($(compgen -W 'text json sarif html cyclonedx spdx openmetrics' -- "$cur")); return ;;
        --fail-on) COMPREPLY=($(compgen -W 'critical high medium low none' -- "$cur")); return ;;
        --colour) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
        --network) COMPREPLY=($(compgen -W 'pretend none' -- "$cur")); return ;;
        --time | -t | --memory | --disk | --cpus | --pids | --uptime | --fast | --name | --platform | --yara-define) return ;;
        --output | -o | --auth | --ca | --policy | --rules | -r | --yara | --feed) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--time --network --each --memory --disk --cpus --pids --uptime --fast --mark --format --output --fail-on --name --platform
                --auth --ca --policy --rules --yara --yara-define --feed --no-feed --colour --quiet --verbose --help --version' -- "$cur"))
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    rules)
        if [ "$cword" -eq 2 ]; then
            COMPREPLY=($(compgen -W 'check list explain fields test --help' -- "$cur"))
        elif [[ ${words[2]} == explain && $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--kernel --sigma --sigma-pipeline --sigma-strict --help --version' -- "$cur"))
        elif [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--format --tag --source --sigma --sigma-pipeline --sigma-strict --help --version' -- "$cur"))
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    feed)
        if [ "$cword" -eq 2 ]; then
            COMPREPLY=($(compgen -W 'add remove list check export pull sources forget publish withdraw log key --help' -- "$cur"))
            return
        fi
        case $prev in
        --type | -t) COMPREPLY=($(compgen -W 'manifest config layer file secret' -- "$cur")); return ;;
        --verdict) COMPREPLY=($(compgen -W 'malicious unwanted suspicious exposed clean' -- "$cur")); return ;;
        --format | -f) COMPREPLY=($(compgen -W 'text json sha256 stix misp clamav kyverno gatekeeper opa' -- "$cur")); return ;;
        --reason | --source | --category | --expires | --since | --image | --size | --approved-by | --basis | --scope | --notified | --name | --days) return ;;
        --key) return ;;
        --feed | --report | --key-file | --new-key | --ca | --output | -o) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--feed --report --with-clean --type --verdict --reason --source --category --expires
                --since --expired --format --image --size --approved-by --basis --scope --notified --name --new-key --key-file --days --key --ca --full
                --output --enforce --help --version' -- "$cur"))
        elif [[ ${words[2]} == key && $cword -eq 3 ]]; then
            COMPREPLY=($(compgen -W 'new show' -- "$cur"))
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    admit)
        case $prev in
        --listed | --unpinned | --trouble) COMPREPLY=($(compgen -W 'allow warn deny' -- "$cur")); return ;;
        --user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
        --listen | --client-name) return ;;
        --cert | --key | --client-ca | --feed) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        COMPREPLY=($(compgen -W '--cert --key --client-ca --client-name --listen --feed --enforce --listed --unpinned --trouble --user --quiet --help --version' -- "$cur"))
        ;;
    case)
        if [ "$cword" -eq 2 ]; then
            COMPREPLY=($(compgen -W 'list show export close note ingest --help' -- "$cur"))
            return
        fi
        case $prev in
        --format | -f) COMPREPLY=($(compgen -W 'text json html' -- "$cur")); return ;;
        --most | -n | --reason | -r) return ;;
        --store | --output | -o | --root) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        COMPREPLY=($(compgen -W '--store --format --all --most --output --root --reason --machines --for-watch --help --version' -- "$cur"))
        ;;
    watch | replay | logs)
        case $prev in
        --format | -f) COMPREPLY=($(compgen -W 'text summary html falco json' -- "$cur")); return ;;
        --matching) COMPREPLY=($(compgen -W 'all first' -- "$cur")); return ;;
        --priority) COMPREPLY=($(compgen -W 'emergency alert critical error warning notice informational debug' -- "$cur")); return ;;
        --fail-on) COMPREPLY=($(compgen -W 'critical high medium low' -- "$cur")); return ;;
        --colour) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
        --repeats | --rate | --hostname | --stats-every | --capture-size | --capture-files | --duration | --buffer | --since | --until | --gap | --expect) return ;;
        --rules | -r | --sigma | --sigma-pipeline | --output | -o | --store | --ca | --headers | --state | --geo | --list | --capture | -w) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        if [[ $cur == -* ]]; then
            local more='--fail-on'
            [ "${words[1]}" = logs ] && more='--fail-on --since --until --follow --geo --list --gap --expect'
            [ "${words[1]}" = watch ] && more='--capture --capture-size --capture-files --duration --buffer --plan'
            COMPREPLY=($(compgen -W "--rules --sigma --sigma-pipeline --sigma-strict --format --output --store --priority --matching --repeats --rate --state --hostname --ca --headers --show-secrets --stats
                --stats-every --colour --quiet --verbose --help --version $more" -- "$cur"))
        elif [ "${words[1]}" = logs ] && [ "$cword" -eq 2 ]; then
            COMPREPLY=($(compgen -W coverage -- "$cur") $(compgen -f -- "$cur"))
        elif [ "${words[1]}" != watch ]; then
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    cost)
        case $prev in
        --model | -m) COMPREPLY=($(compgen -W 'fixed burstable usage on-premises trend-micro' -- "$cur")); return ;;
        --machine | -i) COMPREPLY=($(compgen -W "$(davy cost --list 2>/dev/null | sed -n 's/^ \([a-z0-9.-]*\) .* machine .*/\1/p')" -- "$cur")); return ;;
        --way) COMPREPLY=($(compgen -W 'internet region zone nat' -- "$cur")); return ;;
        --format | -f) COMPREPLY=($(compgen -W 'text json' -- "$cur")); return ;;
        --pressure | --prices | -p) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        COMPREPLY=($(compgen -W '--machine --model --price --vcpus --baseline --surplus --watts --tariff --cpu --measure --before --time --machines --new --egress --egress-before --way
            --alert-after --vcpu-hashrate --network-hashrate --coin-price --pressure --outage --revenue --affected --response --rate --prices --stale-after --list --format --help --version' -- "$cur"))
        ;;
    drill)
        case $prev in
        --format | -f) COMPREPLY=($(compgen -W 'text json names' -- "$cur")); return ;;
        --watch-output | -w | --rules | -r | --output | -o) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --wait) return ;;
        esac
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--all --list --watch-output --rules --wait --format --output --quiet --help --version' -- "$cur"))
        else
            COMPREPLY=($(compgen -W "$(davy drill --list --format names 2>/dev/null)" -- "$cur"))
        fi
        ;;
    hunt)
        case $prev in
        --detonate) COMPREPLY=($(compgen -W 'never suspicious all' -- "$cur")); return ;;
        --format | -f) COMPREPLY=($(compgen -W 'text json html' -- "$cur")); return ;;
        --tags | -t | --newest | -n | --platform | --time | --jobs | -j | --rate | --tries | --wait | --queue | --ack-wait | --time-limit | --top | --names | --decode-depth | --image | -i | --yara-define) return ;;
        --list | -l | --store | --output | -o | --auth | --ca | --rules | -r | --yara | --secrets | --policy | --hashes | --leaked | --lists | --feed)
            COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--list --tags --newest --platform --all-platforms --detonate --time --fast --mark --jobs --rate --tries --wait --queue --worker
                --until-empty --ack-wait --time-limit --retry --store --format --output --top --auth --ca --rules --yara --yara-define --secrets
                --policy --hashes --leaked --names --lists --no-shipped-lists --feed --decode-depth --no-cache --image --reports --quiet --help --version' -- "$cur"))
        elif [ "$cword" -eq 2 ]; then
            COMPREPLY=($(compgen -W 'report' -- "$cur"))
        fi
        ;;
    help) COMPREPLY=($(compgen -W 'scan detonate rules feed admit watch case replay logs cost drill hunt' -- "$cur")) ;;
    esac
}

# Of the options of all commands of a command, those that the one on the line takes: its own help tells.
_davy()
{
    _davy_all
    [[ ${COMP_WORDS[COMP_CWORD]} == --* && $COMP_CWORD -ge 3 && " rules feed case hunt logs " == *" ${COMP_WORDS[1]} "* ]] || return 0
    local own kept=() option
    own=" $("${COMP_WORDS[0]}" "${COMP_WORDS[1]}" "${COMP_WORDS[2]}" --help 2>/dev/null </dev/null | sed -n 's/^  \(-., \|    \)\(--[a-z0-9-]*\).*/\2/p' | tr '\n' ' ')"
    [[ $own == *--help* ]] || return 0
    for option in "${COMPREPLY[@]}"; do
        [[ $own == *" $option "* ]] && kept+=("$option")
    done
    COMPREPLY=("${kept[@]}")
}
complete -o filenames -F _davy davy
