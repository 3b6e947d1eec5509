// SPDX-License-Identifier: Apache-2.0
/*
 * What managers of packages write down: APT's history and terminal (stanzas of lines), dnf and yum, zypper, pacman. Each line that says that something was asked for, installed or removed is a record.
 * https://manpages.debian.org/apt.conf.5 (Dir::Log) · https://dnf.readthedocs.io · https://en.opensuse.org/openSUSE:Libzypp_history · https://wiki.archlinux.org/title/Pacman
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "log/format.h"
#include "log/text.h"
#include "log/text_values.h"

enum { SURE = 96, USER_MAX = 64 };

struct packages_state {
    struct text_clock clock;
    uint64_t time_ns; /* of the stanza */
    char user[USER_MAX];
    size_t n_user;
    bool is_in_apt; /* within a stanza of the history, or between "Log started" and "Log ended" of the terminal */
};

/* What one line says. */
struct said {
    struct str program, action, packages, user, cmdline;
    uint64_t time_ns;
    bool is_nothing; /* a line that only holds others together */
};

static bool skip(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix))
        return false;
    *s = str_trim(str_sub(*s, prefix.n, s->n));
    return true;
}
#define SKIP(s, literal) skip((s), STR(literal))

/* "2026-03-02  10:15:30": APT writes two blanks. */
static bool take_apt_time(struct str s, const struct text_clock *clock, uint64_t *ret)
{
    enum { DATE = 10, CLOCK = 8 };
    char text[DATE + 1 + CLOCK];
    const struct str clock_text = str_trim(str_sub(s, DATE, s.n));
    if (s.n < DATE + 2 || s.p[DATE] != ' ' || clock_text.n < CLOCK)
        return false;
    memcpy(text, s.p, DATE);
    text[DATE] = ' ';
    memcpy(text + DATE + 1, clock_text.p, CLOCK);
    struct str whole = str_n(text, sizeof(text));
    return text_time_iso(&whole, clock, ret);
}

/* Words of a line and what they mean. */
struct meaning {
    const char *word, *action;
};

static bool take_word(struct str *s, const struct meaning *meanings, size_t n, struct str *ret)
{
    for (size_t i = 0; i < n; i++)
        if (skip(s, str_from(meanings[i].word))) {
            *ret = str_from(meanings[i].action);
            return true;
        }
    return false;
}

static void keep_user(struct packages_state *st, struct str user)
{
    st->n_user = user.n < USER_MAX ? user.n : 0;
    if (st->n_user)
        memcpy(st->user, user.p, st->n_user);
}

/* /var/log/apt/history.log and term.log. */
static bool apt(struct packages_state *st, struct str s, struct said *ret)
{
    static const struct meaning HISTORY[] = {{"Install: ", "install"}, {"Reinstall: ", "reinstall"}, {"Upgrade: ", "upgrade"}, {"Downgrade: ", "downgrade"}, {"Remove: ", "remove"}, {"Purge: ", "purge"}};
    static const struct meaning TERMINAL[] = {{"Removing ", "remove"}, {"Purging configuration files for ", "purge"}, {"Unpacking ", "unpack"}, {"Setting up ", "configure"}};
    ret->program = STR("apt");
    if (SKIP(&s, "Start-Date:") || SKIP(&s, "Log started:")) {
        st->is_in_apt = take_apt_time(s, &st->clock, &st->time_ns);
        keep_user(st, STR_NULL);
        ret->is_nothing = true;
        return st->is_in_apt;
    }
    if (!st->is_in_apt)
        return false;
    ret->time_ns = st->time_ns;
    ret->user = str_n(st->user, st->n_user);
    if (SKIP(&s, "End-Date:") || SKIP(&s, "Log ended:")) {
        st->is_in_apt = false;
        ret->is_nothing = true;
        return true;
    }
    if (SKIP(&s, "Requested-By:")) {
        keep_user(st, s);
        ret->is_nothing = true;
        return true;
    }
    if (SKIP(&s, "Commandline:")) {
        ret->action = STR("command");
        ret->cmdline = s;
        return true;
    }
    if (take_word(&s, HISTORY, ARRAY_SIZE(HISTORY), &ret->action) || take_word(&s, TERMINAL, ARRAY_SIZE(TERMINAL), &ret->action))
        ret->packages = s;
    return true; /* whatever else programs said meanwhile */
}

/* 2026-03-02T10:15:30+0000 SUBDEBUG Erase: tor-0.4.8-1.el9.x86_64; 2026-03-02T10:15:30+0000 DDEBUG Command: dnf -y remove x; Mar 02 10:15:30 Erased: tor-0.4.8-1.el7.x86_64 */
static bool rpm(struct packages_state *st, struct str s, struct said *ret)
{
    static const struct meaning RPM[] = {{"Installed: ", "install"}, {"Erased: ", "remove"}, {"Erase: ", "remove"}, {"Removed: ", "remove"}, {"Updated: ", "upgrade"}, {"Upgrade: ", "upgrade"}, {"Upgraded: ", "upgrade"}, {"Reinstalled: ", "reinstall"}, {"Downgraded: ", "downgrade"},
                                         {"Downgrade: ", "downgrade"}, {"Cleanup: ", "cleanup"}, {"Obsoleted: ", "remove"}};
    static const char *const LEVELS[] = {"CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "DDEBUG", "TRACE", "SUBDEBUG", "ALL", NULL};
    struct str level, rest;
    if (text_time_syslog(&s, &st->clock, &ret->time_ns)) {
        ret->program = STR("yum");
        s = str_trim(s);
        if (!take_word(&s, RPM, ARRAY_SIZE(RPM), &ret->action))
            return false;
        ret->packages = s;
        return true;
    }
    if (!text_time_iso(&s, &st->clock, &ret->time_ns))
        return false;
    s = str_trim(s);
    rest = s;
    if (!str_split(&rest, ' ', &level) || !str_is_any(level, LEVELS))
        return false;
    ret->program = STR("dnf");
    s = str_trim(rest);
    if (SKIP(&s, "Command: ")) {
        ret->action = STR("command");
        ret->cmdline = s;
        return true;
    }
    if (take_word(&s, RPM, ARRAY_SIZE(RPM), &ret->action))
        ret->packages = s;
    return true;
}

/* 2026-03-02 10:15:30|install|tor|0.4.8-1|x86_64|root@web1|repo|sum|; 2026-03-02 10:15:30|command|root@web1|'zypper' 'rm' 'x'| */
static bool zypper(struct packages_state *st, struct str s, struct said *ret)
{
    struct str action, part;
    if (!text_time_iso(&s, &st->clock, &ret->time_ns) || !str_starts(s, STR("|")))
        return false;
    s = str_sub(s, 1, s.n);
    if (!str_split(&s, '|', &action))
        return false;
    ret->program = STR("zypper");
    ret->action = str_trim(action);
    if (!str_split(&s, '|', &part))
        return false;
    if (str_is(ret->action, "command")) {
        ret->user = part;
        (void)str_split(&s, '|', &ret->cmdline);
        return true;
    }
    ret->packages = part;
    return str_is(ret->action, "install") || str_is(ret->action, "remove") || str_is(ret->action, "patch") || str_starts(ret->action, STR("r"));
}

/* [2026-03-02T10:15:30+0000] [ALPM] removed falco (0.38.0-1); [2026-03-02 10:15] [PACMAN] Running 'pacman -Rns falco' */
static bool pacman(struct packages_state *st, struct str s, struct said *ret)
{
    static const struct meaning ALPM[] = {{"installed ", "install"}, {"removed ", "remove"}, {"upgraded ", "upgrade"}, {"reinstalled ", "reinstall"}, {"downgraded ", "downgrade"}};
    struct str when, who;
    if (!s.n || s.p[0] != '[' || !text_take_field(&s, &when) || !text_time_iso(&when, &st->clock, &ret->time_ns))
        return false;
    s = str_trim(s);
    if (!s.n || s.p[0] != '[' || !text_take_field(&s, &who) || !(str_starts(who, STR("ALPM")) || str_is(who, "PACMAN") || str_is(who, "YAY") || str_is(who, "PARU")))
        return false;
    s = str_trim(s);
    ret->program = STR("pacman");
    if (SKIP(&s, "Running ")) {
        ret->action = STR("command");
        ret->cmdline = s.n > 1 && s.p[0] == '\'' && s.p[s.n - 1] == '\'' ? str_sub(s, 1, s.n - 1) : s;
        return true;
    }
    if (str_is(who, "ALPM") && take_word(&s, ALPM, ARRAY_SIZE(ALPM), &ret->action))
        ret->packages = s;
    return true;
}

static bool take(struct packages_state *st, struct str line, struct said *ret)
{
    static bool (*const MANAGERS[])(struct packages_state *, struct str, struct said *) = {apt, rpm, zypper, pacman};
    if (!st->clock.base_ns)
        (void)text_clock_now(&st->clock);
    for (size_t i = 0; i < ARRAY_SIZE(MANAGERS); i++) {
        *ret = (struct said){};
        if (MANAGERS[i](st, line, ret))
            return true;
    }
    return false;
}

static unsigned packages_sniff(struct str head)
{
    enum { LOOK = 24 };
    struct packages_state st = {};
    struct said said;
    struct str line;
    unsigned lines = 0, hits = 0, told = 0;
    const bool is_whole = str_ends(head, STR("\n"));
    while (lines < LOOK && str_split(&head, '\n', &line)) {
        line = str_trim(str_sub(line, 0, TEXT_LINE_MAX));
        if (!line.n || line.p[0] == '#') /* zypper explains its columns */
            continue;
        if (!head.n && lines && !is_whole) /* may be cut */
            break;
        lines++;
        if (!take(&st, line, &said))
            continue;
        hits++;
        told += said.is_nothing || said.action.n;
    }
    return told && hits * 2 > lines ? 1 + hits * (SURE - 1) / lines : 0;
}

static enum log_next packages_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct packages_state *st = state;
    struct said said;
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    line = str_trim(str_sub(line, 0, TEXT_LINE_MAX));
    if (!line.n || line.p[0] == '#')
        return LOG_NOTHING;
    if (!take(st, line, &said))
        return LOG_BROKEN;
    if (said.is_nothing)
        return LOG_NOTHING;
    const struct {
        struct str name, text;
    } told[] = {{STR("action"), said.action}, {STR("packages"), said.packages}, {STR("user"), said.user.n ? arena_str(v->arena, said.user) : STR_NULL}, {STR("cmdline"), said.cmdline}};
    v->time_ns = said.time_ns;
    log_set_str(v, F_LOG_PROGRAM, said.program);
    log_set_str(v, F_LOG_MESSAGE, line);
    for (size_t i = 0; i < ARRAY_SIZE(told); i++)
        if (told[i].text.n)
            log_set_named(v, told[i].name, told[i].text);
    return LOG_RECORD;
}

const struct log_format_ops LOG_PACKAGES_OPS = {.type = EVENT_JOURNAL, .sniff = packages_sniff, .state_size = sizeof(struct packages_state), .next = packages_next};
