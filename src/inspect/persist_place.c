// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "inspect/persist.h"

static const struct {
    const char *pattern;
    enum persist_kind kind;
    enum persist_format format;
    const char *user;
} PLACES[] = {
#define PLACE(pattern, kind, format, user) {pattern, PERSIST_##kind, FORMAT_##format, user},
#include "inspect/persist.def"
#undef PLACE
};

static const char *const NAMES[] = {
    [PERSIST_CRON] = "cron",
    [PERSIST_AT] = "at",
    [PERSIST_SYSTEMD] = "systemd-unit",
    [PERSIST_INIT_SCRIPT] = "init-script",
    [PERSIST_RC_LOCAL] = "rc-local",
    [PERSIST_SHELL_PROFILE] = "shell-profile",
    [PERSIST_LD_PRELOAD] = "ld-preload",
    [PERSIST_SSH_KEYS] = "ssh-keys",
    [PERSIST_SUDOERS] = "sudoers",
    [PERSIST_ACCOUNTS] = "accounts",
    [PERSIST_UDEV] = "udev",
    [PERSIST_XDG_AUTOSTART] = "xdg-autostart",
    [PERSIST_PAM] = "pam",
    [PERSIST_MOTD] = "motd",
    [PERSIST_DBUS] = "dbus-service",
    [PERSIST_INETD] = "inetd",
    [PERSIST_ENVIRONMENT] = "environment",
    [PERSIST_SYSTEM_HOOK] = "system-hook",
    [PERSIST_WEB_ROOT] = "web-root",
    [PERSIST_TEMP] = "temp",
};

const char *persist_kind_name(enum persist_kind kind, struct str path)
{
    return kind == PERSIST_SYSTEMD && str_ends(path, STR(".timer")) ? "systemd-timer" : NAMES[kind];
}

/* One name against a pattern with at most one star; the star stands for one byte or more. */
static bool name_matches(struct str name, struct str pattern)
{
    const char *star = pattern.n ? memchr(pattern.p, '*', pattern.n) : NULL;
    if (!star)
        return str_eq(name, pattern);
    const struct str before = str_n(pattern.p, (size_t)(star - pattern.p));
    const struct str after = str_sub(pattern, before.n + 1, pattern.n);
    return name.n > before.n + after.n && str_starts(name, before) && str_ends(name, after);
}

static bool path_matches(struct str path, struct str pattern)
{
    struct str name, want;
    while (str_split(&pattern, '/', &want)) {
        if (str_is(want, "**"))
            return path.n;
        if (!str_split(&path, '/', &name) || !name_matches(name, want))
            return false;
    }
    return !path.n;
}

/*
 * By the last byte, and by what stands before the first `*`, which tells nearly all paths from nearly all patterns before anything is split.
 * What lies below a home begins with a dot there (`has_dot`: some name in the path does).
 */
static bool may_match(struct str path, struct str pattern, bool has_dot)
{
    const char last = pattern.p[pattern.n - 1];
    if (!path.n || (last != '*' && path.p[path.n - 1] != last))
        return false;
    if (pattern.p[0] == '~')
        return has_dot;
    for (size_t i = 0; i < pattern.n && pattern.p[i] != '*'; i++)
        if (i == path.n || path.p[i] != pattern.p[i])
            return false;
    return true;
}

/* The last parts of the path, as many as the pattern has. */
static struct str tail(struct str path, struct str pattern)
{
    size_t parts = 1, at = path.n;
    for (size_t i = 0; i < pattern.n; i++)
        parts += pattern.p[i] == '/';
    while (at > 0) {
        if (path.p[at - 1] == '/' && --parts == 0)
            return str_sub(path, at, path.n);
        at--;
    }
    return STR_NULL;
}

/* The user whose home folder a path lies in: root for /root, NAME for /home/NAME; empty otherwise. */
static struct str persist_home_user(struct str path)
{
    struct str name;
    if (str_starts(path, STR("/root/")))
        return STR("root");
    if (!str_starts(path, STR("/home/")))
        return STR_NULL;
    struct str rest = str_sub(path, strlen("/home/"), path.n);
    return str_split(&rest, '/', &name) && rest.p && rest.n ? name : STR_NULL;
}

bool persist_place(struct str path, struct persist_place *ret)
{
    const struct str short_path =
        str_starts(path, STR("/usr/")) ? str_sub(path, strlen("/usr"), path.n) : path;
    const bool has_dot = str_has(path, STR("/."));
    for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++) {
        const struct str pattern = str_from(PLACES[i].pattern);
        if (!may_match(short_path, pattern, has_dot))
            continue;
        if (pattern.p[0] == '~') {
            const struct str want = str_sub(pattern, 2, pattern.n), end = tail(path, want);
            if (!end.n || !path_matches(end, want))
                continue;
        } else if (!path_matches(short_path, pattern)) {
            continue;
        }
        const struct str user = str_from(PLACES[i].user);
        *ret = (struct persist_place){
            .kind = PLACES[i].kind,
            .format = PLACES[i].format,
            .user = str_is(user, "<name>")   ? str_basename(path)
                    : str_is(user, "<home>") ? persist_home_user(path)
                                             : user,
        };
        return true;
    }
    return false;
}
