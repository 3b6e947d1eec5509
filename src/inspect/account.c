// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"
#include "base/vec.h"
#include "inspect/account.h"
#include "inspect/persist.h"
#include "base/sshkeys.h"
#include "inspect/sudoers.h"

struct account {
    struct str name, password, home, shell;
    uint64_t uid, gid;
    bool has_gid;
};
struct shadow {
    const char *state;    /* what account.password says; the hash is not kept */
    uint64_t changed_day; /* since the epoch, 0 where not told */
};
struct group {
    struct str name, members;
    uint64_t gid;
};

struct accounts {
    uint64_t now_ns;
    struct arena arena;
    VEC(struct account) list;
    VEC(struct group) groups;
    struct map shadow; /* name to struct shadow */
    struct map uids;   /* decimal id to number of accounts */
    struct map keys;   /* path of authorized_keys to number of keys */
    struct map member; /* name to its struct membership */
    struct map grants; /* who to 1 (all) or 2 (all, unasked) */
    struct sudoers *sudoers;
    uint64_t bytes, joins;
    size_t next;
    bool linked; /* member and grants are made */
};

/* Groups of one account, in the order of the group file. */
struct membership {
    VEC(uint32_t) groups;
};

struct accounts *accounts_new(uint64_t now_ns)
{
    struct accounts *a = xnew(struct accounts);
    a->now_ns = now_ns;
    a->sudoers = sudoers_new();
    return a;
}

struct accounts *accounts_free(struct accounts *a)
{
    if (!a)
        return NULL;
    for (size_t i = 0; i < a->member.n; i++) {
        vec_done(&((struct membership *)a->member.v[i].ptr)->groups);
        free(a->member.v[i].ptr);
    }
    map_done(&a->shadow);
    map_done(&a->uids);
    map_done(&a->keys);
    map_done(&a->member);
    map_done(&a->grants);
    vec_done(&a->list);
    vec_done(&a->groups);
    sudoers_free(a->sudoers);
    arena_done(&a->arena);
    free(a);
    return NULL;
}

bool accounts_wants(struct str path)
{
    struct persist_place place;
    if (!persist_place(path, &place))
        return false;
    return place.kind == PERSIST_ACCOUNTS || place.kind == PERSIST_SSH_KEYS ||
           (place.kind == PERSIST_SUDOERS && sudoers_reads(path));
}

/* The state of a password field; what else it holds is never looked at again. */
static const char *password_state(struct str field)
{
    if (!field.n)
        return "empty";
    return field.p[0] == '!' || field.p[0] == '*' ? "locked" : "set";
}

static size_t split_fields(struct str line, struct str *ret, size_t max)
{
    size_t n = 0;
    while (n < max && str_split(&line, ':', &ret[n]))
        n++;
    return n;
}

static struct str decimal(struct arena *a, uint64_t v)
{
    return arena_printf(a, "%llu", (unsigned long long)v);
}

static void add_passwd(struct accounts *a, struct str line)
{
    struct str f[7] = {};
    uint64_t uid;
    const size_t n = split_fields(line, f, ARRAY_SIZE(f));
    if (n < 3 || !f[0].n || f[0].p[0] == '#' || f[0].p[0] == '+' || f[0].p[0] == '-' ||
        !str_to_u64(f[2], &uid))
        return; /* comments, NIS entries and damage */
    if (a->list.n >= ACCOUNTS_MAX)
        return;
    struct account *acc = vec_push(&a->list);
    *acc = (struct account){.name = arena_str(&a->arena, f[0]),
                            .uid = uid,
                            .home = arena_str(&a->arena, f[5]),
                            .shell = arena_str(&a->arena, str_trim(f[6]))};
    acc->has_gid = str_to_u64(f[3], &acc->gid);
    /* "x" sends one to the shadow file */
    acc->password = str_from(str_is(f[1], "x") ? "unknown" : password_state(f[1]));
    map_put(&a->uids, decimal(&a->arena, uid), NULL)->u64++;
}

static void add_shadow(struct accounts *a, struct str line)
{
    struct str f[3] = {};
    bool is_new;
    if (split_fields(line, f, ARRAY_SIZE(f)) < 2 || !f[0].n || f[0].p[0] == '#' ||
        a->shadow.n >= ACCOUNTS_MAX)
        return;
    struct map_entry *e = map_put(&a->shadow, arena_str(&a->arena, f[0]), &is_new);
    struct shadow *s = is_new ? (e->ptr = arena_new(&a->arena, struct shadow)) : e->ptr;
    s->state = password_state(f[1]);
    if (!str_to_u64(f[2], &s->changed_day))
        s->changed_day = 0;
}

static void add_group(struct accounts *a, struct str line)
{
    struct str f[4] = {};
    uint64_t gid;
    if (split_fields(line, f, ARRAY_SIZE(f)) < 3 || !f[0].n || f[0].p[0] == '#' || !str_to_u64(f[2], &gid) ||
        a->groups.n >= ACCOUNTS_MAX)
        return;
    vec_add(&a->groups,
            (struct group){arena_str(&a->arena, f[0]), arena_str(&a->arena, str_trim(f[3])), gid});
}

static void add_keys(struct accounts *a, struct str path, struct str text)
{
    struct arena scratch = {};
    struct ssh_key key;
    uint64_t n = 0;
    while (ssh_key_next(&text, &scratch, &key)) {
        n++;
        arena_reset(&scratch);
    }
    if (a->keys.n < ACCOUNTS_MAX)
        map_put(&a->keys, arena_str(&a->arena, path), NULL)->u64 = n;
    arena_done(&scratch);
}

void accounts_add(struct accounts *a, struct str path, struct str content)
{
    static const struct {
        const char *path;
        void (*line)(struct accounts *, struct str);
    } FILES[] = {{"/etc/passwd", add_passwd}, {"/etc/shadow", add_shadow}, {"/etc/group", add_group}};
    struct str line;
    content = str_sub(content, 0, ACCOUNTS_FILE_MAX);
    if (!accounts_wants(path) || a->bytes + content.n > ACCOUNTS_TOTAL_MAX)
        return;
    a->bytes += content.n;
    a->linked = false;
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++)
        if (str_is(path, FILES[i].path)) {
            while (str_split(&content, '\n', &line))
                FILES[i].line(a, line);
            return;
        }
    struct persist_place place;
    if (!persist_place(path, &place))
        return;
    if (place.kind == PERSIST_SUDOERS)
        sudoers_add(a->sudoers, path, content);
    else if (place.kind == PERSIST_SSH_KEYS)
        add_keys(a, path, content);
}

/* A password field that has the same state and holds nothing else. */
static const char *password_token(struct str password)
{
    const char *state = password_state(password);
    if (str_is(password, "x"))
        return "x";
    return *state == 'e' ? "" : *state == 'l' ? "!" : "set";
}

void accounts_without_passwords(struct str path, struct str content, struct strbuf *out)
{
    struct str line, name, password;
    if (!str_is(path, "/etc/passwd") && !str_is(path, "/etc/shadow")) {
        strbuf_add(out, content);
        return;
    }
    while (str_split(&content, '\n', &line)) {
        if (!str_split(&line, ':', &name) || !str_split(&line, ':', &password))
            continue; /* no account */
        strbuf_add(out, name);
        strbuf_printf(out, ":%s:", password_token(password));
        strbuf_add(out, line);
        strbuf_addc(out, '\n');
    }
}

static void join(struct accounts *a, struct str name, uint32_t group)
{
    bool is_new;
    if (a->joins++ >= ACCOUNTS_MAX * 4ull)
        return;
    struct map_entry *e = map_put(&a->member, name, &is_new);
    struct membership *m = is_new ? (e->ptr = xnew(struct membership)) : e->ptr;
    if (m->groups.n < FACTS_LIST_MAX && (!m->groups.n || m->groups.v[m->groups.n - 1] != group))
        vec_add(&m->groups, group);
}

/* Once all files are there: who is in which group, and what sudo grants whom. */
static void link_up(struct accounts *a)
{
    const struct sudo_grant *grants;
    struct map primary = {}; /* decimal gid to group index + 1 */
    if (a->linked)
        return;
    a->linked = true;
    for (size_t i = 0; i < a->groups.n; i++) {
        struct str members = a->groups.v[i].members, one;
        while (str_split(&members, ',', &one))
            if ((one = str_trim(one)).n)
                join(a, one, (uint32_t)i);
        struct map_entry *e = map_put(&primary, decimal(&a->arena, a->groups.v[i].gid), NULL);
        if (!e->u64)
            e->u64 = i + 1;
    }
    vec_each(acc, &a->list)
    {
        const struct map_entry *e = acc->has_gid ? map_get(&primary, decimal(&a->arena, acc->gid)) : NULL;
        if (e)
            join(a, acc->name, (uint32_t)(e->u64 - 1));
    }
    const size_t n = sudoers_grants(a->sudoers, &grants);
    for (size_t i = 0; i < n; i++) {
        struct map_entry *e = map_put(&a->grants, arena_str(&a->arena, grants[i].who), NULL);
        const uint64_t level = grants[i].nopasswd ? 2 : 1;
        if (e->u64 < level)
            e->u64 = level;
    }
    map_done(&primary);
}

static bool can_login(struct str shell)
{
    static const char *const CLOSED[] = {"nologin", "false", "sync", "shutdown", "halt", "true"};
    const struct str name = str_basename(shell);
    for (size_t i = 0; i < ARRAY_SIZE(CLOSED); i++)
        if (str_is(name, CLOSED[i]))
            return false;
    return true; /* an empty field means /bin/sh */
}

static bool is_admin_group(struct str name)
{
    static const char *const ADMIN[] = {"sudo", "wheel", "admin", "docker", "lxd", "disk"};
    for (size_t i = 0; i < ARRAY_SIZE(ADMIN); i++)
        if (str_is(name, ADMIN[i]))
            return true;
    return false;
}

static uint64_t grant_level(const struct accounts *a, struct str who)
{
    const struct map_entry *e = map_get(&a->grants, who);
    return e ? e->u64 : 0;
}

static void fill_rights(struct accounts *a, const struct account *acc, struct facts *f)
{
    const struct map_entry *e = map_get(&a->member, acc->name);
    const struct membership *m = e ? e->ptr : NULL;
    const struct str uid = arena_printf(&f->arena, "#%llu", (unsigned long long)acc->uid);
    const struct str whos[] = {acc->name, uid, STR("ALL")};
    bool admin = false;
    uint64_t level = 0;
    for (size_t i = 0; i < ARRAY_SIZE(whos); i++) {
        const uint64_t l = grant_level(a, whos[i]);
        level = l > level ? l : level;
    }
    for (size_t i = 0; m && i < m->groups.n; i++) {
        const struct group *g = &a->groups.v[m->groups.v[i]];
        facts_add(f, F_ACCOUNT_GROUPS, g->name);
        admin |= is_admin_group(g->name);
        const uint64_t by_name = grant_level(a, arena_printf(&f->arena, "%%%.*s", STR_ARG(g->name)));
        const uint64_t by_id = grant_level(a, arena_printf(&f->arena, "%%#%llu", (unsigned long long)g->gid));
        level = by_name > level ? by_name : level;
        level = by_id > level ? by_id : level;
    }
    facts_bool(f, F_ACCOUNT_IS_ADMIN, admin || level);
    facts_bool(f, F_ACCOUNT_NOPASSWD, level == 2);
}

static void fill_password(const struct accounts *a, const struct account *acc, struct facts *f)
{
    static const uint64_t DAY_NS = 86400ull * 1000000000ull;
    const struct map_entry *e = map_get(&a->shadow, acc->name);
    const struct shadow *s = e ? e->ptr : NULL;
    /* Without "x" in passwd the shadow file is not asked. */
    const bool asks_shadow = str_is(acc->password, "unknown");
    facts_str(f, F_ACCOUNT_PASSWORD, s && asks_shadow ? str_from(s->state) : acc->password);
    if (s && s->changed_day && s->changed_day <= a->now_ns / DAY_NS)
        facts_uint(f, F_ACCOUNT_PASSWORD_AGE, a->now_ns - s->changed_day * DAY_NS);
}

static uint64_t count_keys(const struct accounts *a, const struct account *acc, struct arena *scratch)
{
    static const char *const IN_HOME[] = {"/.ssh/authorized_keys", "/.ssh/authorized_keys2"};
    static const char *const IN_ETC[] = {"/etc/ssh/authorized_keys/", "/etc/ssh/authorized_keys.d/"};
    struct str home = acc->home;
    uint64_t n = 0;
    while (home.n && home.p[home.n - 1] == '/')
        home.n--;
    for (size_t i = 0; i < ARRAY_SIZE(IN_HOME); i++) {
        const struct map_entry *e =
            map_get(&a->keys, arena_printf(scratch, "%.*s%s", STR_ARG(home), IN_HOME[i]));
        n += e ? e->u64 : 0;
        e = map_get(&a->keys, arena_printf(scratch, "%s%.*s", IN_ETC[i], STR_ARG(acc->name)));
        n += e ? e->u64 : 0;
    }
    return n;
}

int accounts_next(struct accounts *a, struct facts *f)
{
    enum { FIRST_USER = 1000, NOBODY = 65534 };
    link_up(a);
    if (a->next >= a->list.n)
        return 1;
    const struct account *acc = &a->list.v[a->next++];
    facts_reset(f, EVENT_ACCOUNT, a->now_ns);
    const bool is_system = acc->uid && (acc->uid < FIRST_USER || acc->uid == NOBODY);
    const bool login = can_login(acc->shell);
    facts_str(f, F_ACCOUNT_NAME, acc->name);
    facts_uint(f, F_ACCOUNT_UID, acc->uid);
    if (acc->has_gid)
        facts_uint(f, F_ACCOUNT_GID, acc->gid);
    facts_str(f, F_ACCOUNT_HOME, acc->home);
    facts_str(f, F_ACCOUNT_SHELL, acc->shell);
    facts_bool(f, F_ACCOUNT_CAN_LOGIN, login);
    facts_bool(f, F_ACCOUNT_IS_SYSTEM, is_system);
    facts_bool(f, F_ACCOUNT_DUPLICATE_UID, map_get(&a->uids, decimal(&f->arena, acc->uid))->u64 > 1);
    facts_uint(f, F_ACCOUNT_SSH_KEYS, count_keys(a, acc, &f->arena));
    fill_password(a, acc, f);
    fill_rights(a, acc, f);
    if (!is_system && (login || !acc->uid || facts_get(f, F_ACCOUNT_IS_ADMIN)->b)) {
        const struct str imitated = account_imitates(acc->name);
        if (imitated.n)
            facts_str(f, F_ACCOUNT_IMITATES, imitated);
    }
    return 0;
}
