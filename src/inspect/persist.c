// SPDX-License-Identifier: Apache-2.0
/* States why a file's place matters, and what the file makes somebody run, admits or preloads. */
#include "inspect/persist.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/loads.h"
#include "inspect/script.h"
#include "base/sshkeys.h"
#include "inspect/sudoers.h"

enum {
    PERSIST_BYTES_MAX = 4 << 20, /* of a file that is read for commands; configuration is far smaller */
    PERSIST_COMMANDS_MAX = 4096,
};

static void see(struct facts *f, enum field_id field, struct str value, const struct content *c,
                struct str place)
{
    const size_t from = (size_t)(place.p - c->data.p);
    inspection_see(f, field, value, c, from, from + place.n);
}

/* root where anything runs as root, else the first user named. */
static void set_user(struct facts *f, struct str user)
{
    if (user.n && (!facts_has(f, F_PERSIST_USER) || str_is(user, "root")))
        facts_str(f, F_PERSIST_USER, user);
}

/* The last value of a key of a unit; system units run as root where there is no User=. */
static struct str unit_value(struct str text, struct str key)
{
    struct str line, value = STR_NULL;
    while (str_split(&text, '\n', &line))
        if (str_starts(line, key))
            value = str_trim(str_sub(line, key.n, line.n));
    return value;
}

/* States a command, and through the script analyzer what it would do. */
static void see_command(struct facts *f, struct str command, const struct content *c)
{
    see(f, F_PERSIST_COMMANDS, command, c, command);
    script_look_command(command, c, (size_t)(command.p - c->data.p), f);
}

static void look_commands(const struct content *c, const struct persist_place *place, struct str text,
                          struct facts *f)
{
    struct persist_command command;
    struct str rest = text;
    for (int n = 0; n < PERSIST_COMMANDS_MAX && persist_command_next(place->format, &rest, &command); n++) {
        see_command(f, command.command, c);
        set_user(f, command.user);
    }
}

/* What stands behind the last blank that is no part of a control in brackets: type, control, module. */
static struct str pam_module(struct str line)
{
    size_t i = 0;
    for (int words = 0; words < 2; words++) {
        const char *close = i < line.n && line.p[i] == '[' ? memchr(line.p + i, ']', line.n - i) : NULL;
        i = close ? (size_t)(close - line.p) : i;
        while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t')
            i++;
        while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
            i++;
    }
    size_t end = i;
    while (end < line.n && line.p[end] != ' ' && line.p[end] != '\t')
        end++;
    return str_sub(line, i, end);
}

/* The rules with one blank where they have more, and modules that are named by a path. */
static void look_pam(const struct content *c, struct str text, struct facts *f)
{
    enum { RULES_MAX = 256, RULE_MAX = 512 };
    struct str line;
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (unsigned n = 0; n < RULES_MAX && persist_pam_next(&text, str_ends(c->place, STR("/pam.conf")), &line); n++) {
        strbuf_clear(&b);
        for (size_t i = 0; i < line.n && b.n < RULE_MAX; i++) {
            const bool is_blank = strchr(" \t\r\n\\", line.p[i]);
            if (!is_blank)
                strbuf_addc(&b, line.p[i]);
            else if (b.n && b.p[b.n - 1] != ' ')
                strbuf_addc(&b, ' ');
        }
        const size_t from = (size_t)(line.p - c->data.p);
        const struct str rule = str_trim(strbuf_str(&b));
        inspection_see(f, F_PAM_RULES, rule, c, from, from + line.n);
        loads_paths(c, "pam", pam_module(rule), from, f);
    }
}

static void look_services(const struct content *c, struct str text, struct facts *f)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct persist_service s;
    for (int n = 0; n < PERSIST_COMMANDS_MAX && persist_service_next(&text, &s); n++) {
        const size_t at = (size_t)(s.server.p - c->data.p);
        strbuf_clear(&b);
        strbuf_add(&b, s.server);
        if (s.arguments.n)
            strbuf_addc(&b, ' ');
        strbuf_add(&b, s.arguments);
        inspection_see(f, F_PERSIST_COMMANDS, strbuf_str(&b), c, at, at + s.server.n);
        script_look_command(strbuf_str(&b), c, at, f);
        set_user(f, s.user);
        facts_bool(f, F_PERSIST_ON_SOCKET, true);
    }
}

/* The loader parts names at blanks, colons and line ends; '#' begins a comment. */
static void look_preload(const struct content *c, struct str text, struct facts *f)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        const char *hash = line.n ? memchr(line.p, '#', line.n) : NULL;
        if (hash)
            line.n = (size_t)(hash - line.p);
        while (line.n) {
            size_t n = 0;
            while (n < line.n && !memchr(" \t\r:", line.p[n], 4))
                n++;
            if (n)
                see(f, F_PRELOAD_LIBS, str_sub(line, 0, n), c, str_sub(line, 0, n));
            line = str_sub(line, n + 1, line.n);
        }
    }
}

/* The command="…" of a key's options runs at each login with it. */
static void look_forced_command(const struct content *c, struct str options, struct facts *f)
{
    const ptrdiff_t at = str_find_nocase(options, STR("command=\""), 0);
    if (at < 0)
        return;
    const size_t from = (size_t)at + strlen("command=\"");
    size_t to = from;
    while (to < options.n && options.p[to] != '"')
        to += options.p[to] == '\\' && to + 1 < options.n ? 2 : 1;
    const struct str command = str_sub(options, from, to);
    if (command.n)
        see_command(f, command, c);
}

static void look_keys(const struct content *c, struct str text, struct facts *f)
{
    struct ssh_key key;
    struct arena scratch = {};
    uint64_t count = 0;
    while (ssh_key_next(&text, &scratch, &key)) {
        count++;
        see(f, F_SSH_KEYS, key.fingerprint, c, key.line);
        if (key.comment.n)
            facts_add(f, F_SSH_KEYS_COMMENTS, key.comment);
        if (key.options.n) {
            facts_add(f, F_SSH_KEYS_OPTIONS, key.options);
            look_forced_command(c, key.options, f);
        }
        arena_reset(&scratch);
    }
    facts_uint(f, F_SSH_KEYS_COUNT, count);
    arena_done(&scratch);
}

static void look_sudoers(const struct content *c, struct str text, struct facts *f)
{
    const struct sudo_grant *grants;
    struct sudoers *s = sudoers_new();
    sudoers_add(s, c->place, text);
    const size_t n = sudoers_reads(c->place) ? sudoers_grants(s, &grants) : 0;
    for (size_t i = 0; i < n; i++)
        if (grants[i].nopasswd)
            see(f, F_SUDOERS_NOPASSWD, grants[i].who, c,
                str_sub(text, grants[i].offset, grants[i].offset + grants[i].size));
    sudoers_free(s);
}

/* By where the file lies, of a member of an archive by where it would lie; what the archive's own place says (anybody may
 * write there, a web server gives it out) goes for the member too. */
static bool find_place(const struct content *c, struct persist_place *ret)
{
    return persist_place(c->place, ret) || (c->path.p != c->place.p && persist_place(c->path, ret));
}

static bool wants(const struct content *c)
{
    struct persist_place place;
    return c->first && !c->depth && find_place(c, &place);
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *f)
{
    struct persist_place place;
    (void)state, (void)in;
    if (!find_place(c, &place))
        return 0;
    facts_str(f, F_PERSIST_KIND, str_from(persist_kind_name(place.kind, c->place)));
    const struct str text = str_sub(c->data, 0, PERSIST_BYTES_MAX);
    if (place.format == FORMAT_UNIT || place.kind == PERSIST_DBUS)
        set_user(f, unit_value(text, STR("User=")));
    if (place.format == FORMAT_INETD || (place.format == FORMAT_UNIT && str_is(unit_value(text, STR("StandardInput=")), "socket")))
        facts_bool(f, F_PERSIST_ON_SOCKET, true);
    if (!facts_has(f, F_PERSIST_USER))
        set_user(f, place.user);
    if (place.format != FORMAT_PRELOAD && place.format != FORMAT_KEYS && place.kind != PERSIST_TEMP && place.kind != PERSIST_WEB_ROOT && c->is_text)
        loads_variables(c, text, f);
    switch (place.format) {
    case FORMAT_NONE:
        break;
    case FORMAT_SHELL:
        /* A profile needs no line that names its shell; with one the script analyzer has been here. */
        if (c->is_text && !facts_has(f, F_SCRIPT_INTERPRETER))
            script_look_command(text, c, 0, f);
        break;
    case FORMAT_PRELOAD:
        look_preload(c, text, f);
        break;
    case FORMAT_KEYS:
        look_keys(c, text, f);
        break;
    case FORMAT_SUDO:
        look_sudoers(c, text, f);
        break;
    case FORMAT_XINETD:
        look_services(c, text, f);
        break;
    case FORMAT_PAM_RULES:
        look_pam(c, text, f);
        look_commands(c, &place, text, f);
        break;
    default:
        look_commands(c, &place, text, f);
    }
    return 0;
}

const struct analyzer analyzer_persist = {.name = "persist", .wants = wants, .look = look};
