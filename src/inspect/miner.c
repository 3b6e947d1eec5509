// SPDX-License-Identifier: Apache-2.0
#include "inspect/miner.h"

#include <ctype.h>

const char *const MINER_MARKS[] = {
    "stratum+",
    "stratum1+",
    "stratum2+",
    "stratum://",
    "stratums://",
    "daemon+http",
    "self-select+", /* schemes */
    "donate-level",
    "--nicehash",
    "--algo",
    "--coin",
    "--randomx-",
    "--rig-id",
    "--cpu-max-threads-hint", /* options */
    "--wallet",
    " -wallet",
    " -a alph",
    " -a ironfish",
    " -a kaspa",
    " -a karlsen",
    " -a nexa",
    " -a ergo", /* of bzminer, which has no other word of its own */
    "--pool",
    "-wal ",
    "-ewal ",
    "nheqminer",
    " -o ",
    " -o,",
    "\"-o ",
    "'-o ",
    "\"-o\"",
    "'-o'",
    "--url",
    "\"pools\"",
    "\"pools\\\"", /* within a text of JSON */
    "pool_address",
    "wallet_address",
    "pool_url",
    "pool1",
    "rigname",
    "pool:",
    "pool=",
    "pool =",
    "wallet:",
    "wallet=",
    "wallet =",
    "algo:",
    "algo=",
    "algo =",
    "\"algo\"",
    "\"coin\"", /* configuration keys */
    NULL,
};

enum {
    NEAR_BYTES = 512, /* from a pool to who is paid there */
    NEAR_TRIES = 8,   /* pools that this is looked for, of those that stand together */
    ADDRESS_BYTES_MIN = 26,
    MERGE_BYTES = 1 << 10,  /* marks nearer than this are looked at together */
    AROUND_BYTES = 2 << 10, /* looked at before and behind them */
    TOKENS_MAX = 4096,      /* of one command line */
    JSON_BYTES_MAX = 1 << 20,
    EMBEDDED_BYTES = 32 << 10, /* of a configuration within a program, before and behind a mark; xmrig's has 3,000 */
    EMBEDDED_TRIES = 32,       /* braces before a mark that may begin it; xmrig's has ten */
    EMBEDDED_WORK = 8 << 20,   /* bytes of one window that are gone through for that */
};

void miner_search_hit(struct miner_search *s, size_t end)
{
    if (s->ranges.n && end - s->ranges.v[s->ranges.n - 1].to <= MERGE_BYTES)
        s->ranges.v[s->ranges.n - 1].to = end;
    else
        vec_add(&s->ranges, (struct miner_range){end, end});
}

void miner_search_done(struct miner_search *s)
{
    vec_done(&s->ranges);
}

/* What a command line or a group of settings has said so far. */
struct evidence {
    bool pool, maybe_pool, stratum, payee, wallet, url_option, user_option;
    unsigned marks; /* settings that only miners have */
    size_t at;      /* of the first of them */
};

static struct str algo_or_coin(struct str value)
{
    return miner_is_algo(value) || miner_is_coin(value) ? value : STR_NULL;
}

static bool is_printable(char c)
{
    return ((unsigned char)c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static bool is_separator(char c)
{
    return (unsigned char)c <= 0x20 || (unsigned char)c == 0x7f || strchr("\"'`,[](){};|&<>", c);
}

/* The next word of a command line: shell words and the elements of JSON arrays alike. */
static bool next_token(struct str s, size_t *at, struct str *ret)
{
    while (*at < s.n &&
           (is_separator(s.p[*at]) || (s.p[*at] == '\\' && *at + 1 < s.n && is_separator(s.p[*at + 1]))))
        ++*at;
    size_t from = *at;
    while (*at < s.n && !is_separator(s.p[*at]) &&
           !(s.p[*at] == '\\' && *at + 1 < s.n && is_separator(s.p[*at + 1])))
        ++*at;
    *ret = str_sub(s, from, *at);
    return *at > from;
}

/* Whether the word is this option; *value becomes what follows '=' or the next word. */
static bool option(struct str word, const char *short_name, const char *name, struct str next,
                   struct str *value)
{
    if ((short_name && str_is(word, short_name)) || str_is(word, name)) {
        *value = next;
        return true;
    }
    size_t n = strlen(name);
    if (word.n > n && word.p[n] == '=' && !memcmp(word.p, name, n)) {
        *value = str_sub(word, n + 1, word.n);
        while (value->n && strchr("\"'", value->p[0]))
            *value = str_sub(*value, 1, value->n);
        return true;
    }
    return false;
}

static void end_command(const struct content *c, struct facts *facts, const struct evidence *e)
{
    if ((e->pool && e->payee && e->marks) || (e->pool && e->wallet) || (e->pool && e->marks > 1) ||
        (e->url_option && e->user_option && e->marks))
        miner_see_config(c, facts, "command-line", e->at);
}

/* Options that name a pool, and who is paid there: xmrig's and cpuminer's; SRBMiner's and lolMiner's; PhoenixMiner's and
 * Claymore's; nheqminer's; gminer's and miniZ's, which give the port apart; nanominer's. */
static bool is_pool_option(struct str word, struct str next, struct str *value)
{
    return option(word, "-o", "--url", next, value) || option(word, "-pool", "--pool", next, value) ||
           option(word, "-epool", "--server", next, value) || option(word, "-l", "--location", next, value) ||
           option(word, "-pool1", "--pool1", next, value);
}

static bool is_payee_option(struct str word, struct str next, struct str *value)
{
    return option(word, "-u", "--user", next, value) || option(word, "-wal", "--wallet", next, value) ||
           option(word, "-ewal", "--userpass", next, value) || option(word, "-w", "--wal", next, value) ||
           option(word, "-wallet", "--wallet-address", next, value);
}

/* A host whose port another option gives. */
static bool host_and_port(struct str host, struct str port, struct miner_pool *ret)
{
    char text[300];
    size_t n;
    if (!host.n || !port.n || host.n + port.n + 1 >= sizeof(text) || memchr(host.p, ':', host.n))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = ':';
    memcpy(text + host.n + 1, port.p, port.n);
    if (!miner_pool_read(str_n(text, host.n + 1 + port.n), ret, &n))
        return false;
    ret->host = host;
    return true;
}

/* One command line: [from, to) of the window, continuation lines included. */
static void look_at_command(const struct content *c, struct facts *facts, size_t from, size_t to)
{
    struct str line = str_sub(c->data, from, to), word, next = {}, value, server = {};
    struct evidence e = {.at = from};
    struct str algos[16];
    struct {
        struct miner_pool pool;
        size_t at, n;
    } pools[16];
    size_t n_algos = 0, n_pools = 0, at = 0;
    bool more = next_token(line, &at, &next);
    for (unsigned i = 0; more && i < TOKENS_MAX; i++) {
        word = next;
        more = next_token(line, &at, &next);
        if (!more)
            next = STR_NULL;
        struct miner_pool pool;
        size_t n;
        const bool is_bzminer_pool = option(word, "-p", "-p", next, &value) && miner_pool_read(value, &pool, &n); /* others: a password */
        if (is_bzminer_pool || is_pool_option(word, next, &value) ||
            (server.n && option(word, NULL, "--port", next, &value))) {
            bool is_port = str_starts(word, STR("--port"));
            e.url_option |= value.n && value.p[0] == '$';
            bool is_pool = is_port ? host_and_port(server, value, &pool) : miner_pool_read(value, &pool, &n);
            if (is_pool) {
                e.pool = true;
                e.marks += pool.is_stratum;
                if (n_pools < ARRAY_SIZE(pools)) {
                    pools[n_pools].pool = pool;
                    pools[n_pools].at = (size_t)((is_port ? server : value).p - c->data.p);
                    pools[n_pools++].n = is_port ? server.n : n;
                }
            }
            server = str_starts(word, STR("--server")) && !is_pool ? value : STR_NULL;
        } else if (c->is_text && miner_pool_read(word, &pool, &n) && pool.is_stratum) {
            /* whatever the option is called, and ethminer's, which name the payee too */
            e.pool = true;
            e.marks++;
            e.payee |= pool.user.n > 0;
            e.wallet |= miner_is_wallet(pool.user);
        } else if (is_payee_option(word, next, &value)) {
            e.marks += str_is(word, "-wal") || str_is(word, "-ewal");
            e.payee |= value.n > 0;
            e.user_option |= value.n && value.p[0] == '$';
            e.wallet |= miner_is_wallet(value);
        } else if (option(word, "-a", "--algo", next, &value) || option(word, "-algo", "--algorithm", next, &value) ||
                   option(word, "-coin", "--coin", next, &value) || option(word, NULL, "--currency", next, &value)) {
            struct str name = algo_or_coin(value);
            e.marks += name.n > 0;
            if (name.n && n_algos < ARRAY_SIZE(algos))
                algos[n_algos++] = name;
        } else if (option(word, NULL, "--donate-level", next, &value) || str_is(word, "--nicehash") ||
                   option(word, NULL, "--rig-id", next, &value) || str_starts(word, STR("--randomx-")) ||
                   option(word, NULL, "--ethstratum", next, &value) ||
                   option(word, NULL, "--cpu-max-threads-hint", next, &value)) {
            e.marks++;
        }
    }
    end_command(c, facts, &e);
    /* A pool counts as one only with something about it: `-o host:port` alone may be an output of any
     * program. */
    for (size_t i = 0; i < n_pools && (e.marks || e.wallet); i++)
        miner_see_pool(c, facts, &pools[i].pool, pools[i].at, pools[i].at + pools[i].n);
    for (size_t i = 0; i < n_algos && e.pool; i++)
        inspection_see(facts, F_MINER_ALGOS, algos[i], c, (size_t)(algos[i].p - c->data.p),
                       (size_t)(algos[i].p - c->data.p) + algos[i].n);
}

static void add_lower(struct facts *facts, struct str *s)
{
    *s = arena_str(&facts->arena, *s);
    for (size_t i = 0; i < s->n; i++)
        if (s->p[i] >= 'A' && s->p[i] <= 'Z')
            ((char *)s->p)[i] |= 0x20;
}

/* A setting `key: value`, `key = value` or `"key": "value"` of one line; false when it is none. */
static bool setting(struct str line, struct str *ret_key, struct str *ret_value)
{
    size_t stop = 0;
    while (stop < line.n && line.p[stop] != ':' && line.p[stop] != '=')
        stop++;
    if (stop == line.n || stop > 64)
        return false;
    struct str key = str_trim(str_sub(line, 0, stop)), value = str_trim(str_sub(line, stop + 1, line.n));
    while (key.n && strchr("\"'-{[ \t", key.p[0]))
        key = str_sub(key, 1, key.n);
    while (key.n && (strchr("\"' \t", key.p[key.n - 1]) || isdigit((unsigned char)key.p[key.n - 1]))) /* pool1, login2 */
        key = str_sub(key, 0, key.n - 1);
    if (str_starts(key, STR("export ")))
        key = str_sub(key, 7, key.n);
    while (value.n && strchr("\"'>= \t", value.p[0]))
        value = str_sub(value, 1, value.n);
    while (value.n && strchr("\"', \t}]", value.p[value.n - 1]))
        value = str_sub(value, 0, value.n - 1);
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] == ' ' || key.p[i] == '/')
            return false;
    *ret_key = key;
    *ret_value = value;
    return key.n && value.n;
}

static bool ends_nocase(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.n >= n && str_eq_nocase(str_sub(s, s.n - n, s.n), str_from(suffix));
}

/* NAME= behind a blank: variables of an environment that are set on one line. */
static bool is_variable(struct str s)
{
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= 'A' && s.p[n] <= 'Z') || (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '_'))
        n++;
    return n >= 3 && n < s.n && s.p[n] == '=';
}

/* The next setting's text: a line, or a part of a line of JSON or of variables, which follow one another. */
static bool next_setting(struct str *line, struct str *ret)
{
    for (size_t at = 0; at < line->n; at++) {
        size_t quote = at + 1;
        if (line->p[at] == ' ' && at && is_variable(str_sub(*line, quote, line->n))) {
            *ret = str_sub(*line, 0, at);
            *line = str_sub(*line, quote, line->n);
            return true;
        }
        if (!strchr(",{[", line->p[at]) || !line->p[at])
            continue;
        while (quote < line->n && (line->p[quote] == ' ' || line->p[quote] == '\t'))
            quote++;
        if (quote < line->n && line->p[quote] == '"') {
            *ret = str_sub(*line, 0, at);
            *line = str_sub(*line, quote, line->n);
            return true;
        }
    }
    *ret = *line;
    *line = STR_NULL;
    return ret->n;
}

/* Lines of settings as YAML, ini, TOML, environment files and half-JSON have them. */
static void look_at_settings(const struct content *c, struct facts *facts, size_t from, size_t to)
{
    struct str rest = str_sub(c->data, from, to), line = {}, part, key, value;
    struct evidence e = {.at = from};
    struct str algos[16], pools[16];
    size_t n_algos = 0, n_pools = 0;
    while (line.n || str_split(&rest, '\n', &line)) {
        struct miner_pool pool;
        size_t n;
        if (!next_setting(&line, &part) || !setting(part, &key, &value))
            continue;
        bool pool_key = str_find_nocase(key, STR("pool"), 0) >= 0;
        if ((pool_key || ends_nocase(key, "url") || ends_nocase(key, "server") ||
             ends_nocase(key, "stratum")) &&
            miner_pool_read(value, &pool, &n) && !str_starts(value, STR("http"))) {
            /* url: host:port alone is anybody's: a wallet and an algorithm must stand beside it */
            e.pool |= pool_key || pool.is_stratum;
            e.maybe_pool = true;
            e.marks += pool.is_stratum;
            size_t at = (size_t)(value.p - c->data.p);
            e.at = at;
            if (pool.is_stratum || ends_nocase(key, "pool_address") || ends_nocase(key, "pool_url"))
                miner_see_pool(c, facts, &pool, at, at + n);
            else if (n_pools < ARRAY_SIZE(pools))
                pools[n_pools++] = str_sub(value, 0, n);
        } else if (ends_nocase(key, "user") || ends_nocase(key, "wallet") ||
                   ends_nocase(key, "wallet_address") || ends_nocase(key, "login") ||
                   ends_nocase(key, "username")) {
            e.payee = true;
            e.wallet |= miner_is_wallet(value);
        } else if (ends_nocase(key, "algo") || ends_nocase(key, "coin") || ends_nocase(key, "currency")) {
            struct str name = algo_or_coin(value);
            if (name.n && n_algos < ARRAY_SIZE(algos))
                algos[n_algos++] = name;
        } else if (ends_nocase(key, "donate-level")) {
            e.marks++;
        }
    }
    e.pool |= e.maybe_pool && e.wallet && n_algos;
    if (!e.pool || !(e.wallet || (e.payee && e.marks)))
        return;
    miner_see_config(c, facts, "generic-config", e.at);
    for (size_t i = 0; i < n_pools && e.wallet; i++) {
        struct miner_pool pool;
        size_t n, at = (size_t)(pools[i].p - c->data.p);
        if (miner_pool_read(pools[i], &pool, &n))
            miner_see_pool(c, facts, &pool, at, at + n);
    }
    for (size_t i = 0; i < n_algos; i++) {
        size_t at = (size_t)(algos[i].p - c->data.p), n = algos[i].n;
        add_lower(facts, &algos[i]);
        inspection_see(facts, F_MINER_ALGOS, algos[i], c, at, at + n);
    }
}

/* A payable address within a few lines, whatever it is called there. */
static bool has_wallet_near(const struct content *c, size_t at)
{
    size_t from = at > NEAR_BYTES ? at - NEAR_BYTES : 0;
    struct str near = str_sub(c->data, from, at + NEAR_BYTES);
    for (size_t i = 0, begin = 0; i <= near.n; i++) {
        if (i < near.n && isalnum((unsigned char)near.p[i]))
            continue;
        if (i - begin >= ADDRESS_BYTES_MIN && miner_is_wallet(str_sub(near, begin, i)))
            return true;
        begin = i + 1;
    }
    return false;
}

/* Manuals name pools, and the addresses that their authors take donations at. */
static bool is_prose(struct str path)
{
    static const char *const ENDS[] = {".md", ".rst", ".html", ".htm", ".adoc", ".txt", ".tex", ".po"};
    for (size_t i = 0; i < ARRAY_SIZE(ENDS); i++)
        if (ends_nocase(path, ENDS[i]))
            return true;
    return str_has(path, STR("README"));
}

/* stratum URLs anywhere, whatever stands around them. */
static void look_for_urls(const struct content *c, struct facts *facts, size_t from, size_t to)
{
    struct str part = str_sub(c->data, from, to);
    unsigned tries = 0;
    for (ptrdiff_t at = 0; (at = str_find(part, STR("://"), (size_t)at)) >= 0; at += 3) {
        size_t start = (size_t)at;
        while (start > 0 && (size_t)at - start < 24 &&
               ((part.p[start - 1] >= 'a' && part.p[start - 1] <= 'z') ||
                (part.p[start - 1] >= '0' && part.p[start - 1] <= '9') || part.p[start - 1] == '+' ||
                part.p[start - 1] == '-'))
            start--;
        struct miner_pool pool;
        size_t n;
        if (!miner_pool_read(str_sub(part, start, part.n), &pool, &n) || !pool.is_stratum)
            continue;
        miner_see_pool(c, facts, &pool, from + start, from + start + n);
        if (c->is_text && tries++ < NEAR_TRIES && !facts_has(facts, F_MINER_CONFIG) && !is_prose(c->path) && has_wallet_near(c, from + start))
            miner_see_config(c, facts, "generic-config", from + start);
    }
}

/* Cuts [from, to) into command lines: lines, joined where a backslash ends them. */
static void look_at_lines(const struct content *c, struct facts *facts, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        size_t end = at;
        for (;; end++) {
            const char *nl = memchr(c->data.p + end, '\n', to - end);
            end = nl ? (size_t)(nl - c->data.p) : to;
            size_t last = end > at && c->data.p[end - 1] == '\r' ? end - 1 : end;
            if (end >= to || last == at || c->data.p[last - 1] != '\\')
                break;
        }
        look_at_command(c, facts, at, end);
        at = end + 1;
    }
}

/* Widens a range of marks to whole lines in text, to the printable run around it elsewhere. */
static struct miner_range around(const struct content *c, struct miner_range r)
{
    size_t least = r.from > AROUND_BYTES ? r.from - AROUND_BYTES : 0;
    size_t most = c->data.n - r.to > AROUND_BYTES ? r.to + AROUND_BYTES : c->data.n;
    struct miner_range w = {least, most};
    if (!c->is_text) {
        for (w.from = r.from; w.from > least && is_printable(c->data.p[w.from - 1]);)
            w.from--;
        for (w.to = r.to; w.to < most && is_printable(c->data.p[w.to]);)
            w.to++;
        return w;
    }
    const char *nl = least ? memchr(c->data.p + least, '\n', r.from - least) : NULL;
    if (nl)
        w.from = (size_t)(nl - c->data.p) + 1;
    nl = memrchr(c->data.p + r.to, '\n', most - r.to);
    if (nl && most < c->data.n)
        w.to = (size_t)(nl - c->data.p);
    return w;
}

static bool is_json(const struct content *c)
{
    size_t at = 0;
    while (at < c->data.n && at < 4096 && strchr(" \t\r\n\xef\xbb\xbf", c->data.p[at]) && c->data.p[at])
        at++;
    char first = at < c->data.n ? c->data.p[at] : 0;
    return c->first && c->last && c->is_text && c->data.n <= JSON_BYTES_MAX &&
           (first == '{' || first == '[' || first == '/');
}

/* Where the object that begins at `at` ends, 0 when it does not before `to`. */
static size_t object_end(struct str s, size_t at, size_t to)
{
    unsigned depth = 0;
    for (; at < to; at++) {
        char c = s.p[at];
        if (c == '"') {
            for (at++; at < to && s.p[at] != '"'; at++)
                at += s.p[at] == '\\';
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && !--depth) {
            return at + 1;
        }
    }
    return 0;
}

struct embedded {
    size_t done; /* up to here objects were read */
    size_t work; /* bytes gone through */
};

/* A configuration in JSON that a program carries, as builds have that need no file: the outermost object around the mark. */
static void look_for_embedded(const struct content *c, struct facts *facts, struct miner_range r, struct embedded *e)
{
    if (r.from < e->done || e->work > EMBEDDED_WORK)
        return;
    size_t least = r.from > EMBEDDED_BYTES ? r.from - EMBEDDED_BYTES : 0, at = r.from, to = r.to, begins[EMBEDDED_TRIES], n = 0;
    size_t most = c->data.n - r.to > EMBEDDED_BYTES ? r.to + EMBEDDED_BYTES : c->data.n;
    least = least > e->done ? least : e->done;
    for (; at > least && is_printable(c->data.p[at - 1]) && n < EMBEDDED_TRIES; at--)
        if (c->data.p[at - 1] == '{')
            begins[n++] = at - 1;
    while (to < most && is_printable(c->data.p[to]))
        to++;
    e->work += to - at;
    while (n && e->work <= EMBEDDED_WORK) {
        size_t from = begins[--n], end = object_end(c->data, from, to);
        e->work += (end ? end : to) - from;
        if (end <= r.from)
            continue;
        struct content one = *c;
        one.data = str_sub(c->data, from, end);
        one.offset = c->offset + from;
        one.is_text = true;
        miner_look_json(&one, facts);
        e->done = end;
        return;
    }
}

void miner_search_run(struct miner_search *s, const struct content *c, struct facts *facts)
{
    struct embedded embedded = {};
    if (s->ranges.n && is_json(c))
        miner_look_json(c, facts);
    for (size_t i = 0; i < s->ranges.n; i++) {
        struct miner_range r = around(c, s->ranges.v[i]);
        look_for_urls(c, facts, r.from, r.to);
        look_at_lines(c, facts, r.from, r.to);
        if (c->is_text)
            look_at_settings(c, facts, r.from, r.to);
        else
            look_for_embedded(c, facts, s->ranges.v[i], &embedded);
    }
    vec_clear(&s->ranges);
}

void miner_look_command(struct str command, const struct content *c, struct facts *facts)
{
    const struct content one = {
        .data = command,
        .size = command.n,
        .first = true,
        .last = true,
        .kind = KIND_TEXT,
        .is_text = true,
        .path = c->path,
        .via = c->via,
        .depth = c->depth,
    };
    look_for_urls(&one, facts, 0, command.n);
    look_at_command(&one, facts, 0, command.n);
}
