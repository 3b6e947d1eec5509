// SPDX-License-Identifier: Apache-2.0
/* States why a file's place matters, and what the file makes somebody run, admits or preloads. */
#include "inspect/persist.h"

#include <ctype.h>

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

/* User= of a unit; system units run as root where there is none. */
static struct str unit_user(struct str text)
{
    struct str line, user = STR_NULL;
    while (str_split(&text, '\n', &line))
        if (str_starts(line, STR("User=")))
            user = str_trim(str_sub(line, strlen("User="), line.n));
    return user;
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

/* Libraries that a variable puts into what is started: Environment= of a unit, a profile, /etc/environment, pam_env. */
static void look_preload_variables(const struct content *c, struct str text, struct facts *f)
{
    static const struct str NAMES[] = {STR("LD_PRELOAD"), STR("LD_AUDIT")};
    for (size_t k = 0; k < ARRAY_SIZE(NAMES); k++)
        for (ptrdiff_t at = 0; (at = str_find(text, NAMES[k], (size_t)at)) >= 0;) {
            size_t i = (size_t)at + NAMES[k].n;
            const char *nl = memrchr(text.p, '\n', (size_t)at);
            struct str before = str_trim(str_sub(text, nl ? (size_t)(nl - text.p) + 1 : 0, (size_t)at));
            while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
                i++;
            if (str_starts(str_sub(text, i, text.n), STR("DEFAULT")) || str_starts(str_sub(text, i, text.n), STR("OVERRIDE")))
                while (i < text.n && isupper((unsigned char)text.p[i]))
                    i++;
            bool is_set = i < text.n && text.p[i] == '=';
            for (i += is_set; is_set && i < text.n && strchr("\"'", text.p[i]);)
                i++;
            size_t from = i;
            while (is_set && i < text.n && !strchr(" \t\r\n\"';", text.p[i]))
                i++;
            if (i > from && !str_starts(before, STR("#")) && !str_starts(before, STR(";")))
                see(f, F_PRELOAD_LIBS, str_sub(text, from, i), c, str_sub(text, from, i));
            at = (ptrdiff_t)(i > (size_t)at ? i : (size_t)at + 1);
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
    sudoers_add(s, text);
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
    if (place.format == FORMAT_UNIT)
        set_user(f, unit_user(text));
    if (!facts_has(f, F_PERSIST_USER))
        set_user(f, place.user);
    if (place.format != FORMAT_PRELOAD && place.format != FORMAT_KEYS && place.kind != PERSIST_TEMP && place.kind != PERSIST_WEB_ROOT && c->is_text)
        look_preload_variables(c, text, f);
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
    default:
        look_commands(c, &place, text, f);
    }
    return 0;
}

const struct analyzer analyzer_persist = {.name = "persist", .wants = wants, .look = look};
