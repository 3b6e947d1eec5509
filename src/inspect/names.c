// SPDX-License-Identifier: Apache-2.0
/*
 * URLs, host names and public addresses in content. User names, passwords, queries and segments that look
 * like keys are left out of URLs: facts hold no secrets. Lists are bounded, first come first kept; only the
 * first places are noted.
 */
#include "base/cleanup.h"
#include "inspect/analyzer.h"
#include "inspect/hostname.h"
#include "inspect/listed.h"
#include "inspect/name_place.h"

enum {
    URL_BYTES_MAX = 512,
    SCHEME_BYTES_MAX = 16,
    NOTES_MAX = 48,     /* per window; the other analyzers want notes too */
    LOOKED_UP_MAX = 20000, /* per window, names looked up on lists beyond those that facts have room for */
    KEY_BYTES_MIN = 20, /* a path segment of this length that mixes cases and digits is taken for a key */
};

struct look {
    const struct content *c;
    struct facts *facts;
    const struct intel *intel; /* NULL: no lists */
    unsigned noted, looked_up;
};

static bool is_full(const struct facts *f, enum field_id field)
{
    const struct value *v = facts_get(f, field);
    return v->type == VALUE_LIST && v->list.n >= FACTS_LIST_MAX;
}

static struct note place(const struct look *l, size_t at)
{
    struct note n = {.via = l->c->via, .offset = l->c->offset + at};
    content_line(l->c, at, &n.line, &n.column);
    return n;
}

/* Whether it may be new: it was added, or there was no room to remember it. */
static bool see(struct look *l, enum field_id field, struct str value, size_t at)
{
    if (is_full(l->facts, field))
        return true;
    if (!facts_add(l->facts, field, value))
        return false;
    if (l->noted++ < NOTES_MAX) {
        struct note n = place(l, at);
        n.field = field;
        n.value = value;
        facts_note(l->facts, &n);
    }
    return true;
}

/* Whether names are still worth finding: there is room for them, or lists to look them up on. */
static bool wants_more(const struct look *l)
{
    return !is_full(l->facts, F_CONTENT_HOSTS) || (l->intel && l->looked_up < LOOKED_UP_MAX);
}

/* A name that may be new, on lists. */
static void look_up(struct look *l, struct str name, bool is_address, size_t at)
{
    if (!l->intel || l->looked_up >= LOOKED_UP_MAX)
        return;
    l->looked_up++;
    /* Its place is told only of one that is listed: counting lines for each name takes longer than looking it up. */
    const struct intel_list *nets[NETS_HITS_MAX], *names[NAMES_HITS_MAX];
    if (!(is_address ? intel_find_address(l->intel, name, nets) : intel_find_name(l->intel, name, names)))
        return;
    const struct note n = place(l, at);
    if (is_address)
        listed_address(l->intel, l->facts, name, &n);
    else
        listed_host(l->intel, l->facts, name, &n);
}

static void lower(char *p, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
}

static void see_host(struct look *l, struct str host)
{
    char text[256];
    size_t at = (size_t)(host.p - l->c->data.p);
    lower(text, host);
    host = str_n(text, host.n);
    if (see(l, F_CONTENT_HOSTS, host, at))
        look_up(l, host, false, at);
    if (is_full(l->facts, F_CONTENT_DOMAINS) || !facts_add(l->facts, F_CONTENT_DOMAINS, host))
        return;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '.') {
            struct str parent = str_sub(host, i + 1, host.n);
            if (!memchr(parent.p, '.', parent.n) || is_full(l->facts, F_CONTENT_DOMAINS))
                return;
            facts_add(l->facts, F_CONTENT_DOMAINS, parent);
        }
}

/* A host name or public address; true when it is one. Private addresses are a host too, but not told. */
static bool see_name(struct look *l, struct str s, enum hostname_context context)
{
    struct net net;
    if (hostname_is(s, context)) {
        see_host(l, s);
        return true;
    }
    struct str address = s.n > 2 && s.p[0] == '[' ? str_sub(s, 1, s.n - 1) : s;
    if (address.n < 4 || address.n > 45 || str_has(address, STR("/")) || !net_from_str(address, &net))
        return false;
    size_t at = (size_t)(s.p - l->c->data.p);
    if (net_is_public(&net) && see(l, F_CONTENT_IPS, address, at))
        look_up(l, address, true, at);
    return true;
}

static bool is_url_char(char c)
{
    return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && !strchr("\"'<>\\^`{|}", c);
}

static bool is_key(struct str s)
{
    bool upper = false, low = false, digit = false;
    for (size_t i = 0; i < s.n; i++) {
        upper |= s.p[i] >= 'A' && s.p[i] <= 'Z';
        low |= s.p[i] >= 'a' && s.p[i] <= 'z';
        digit |= s.p[i] >= '0' && s.p[i] <= '9';
    }
    return s.n >= KEY_BYTES_MIN && digit && upper && low;
}

static size_t put(char *text, size_t n, struct str s)
{
    if (s.n)
        memcpy(text + n, s.p, s.n);
    return n + s.n;
}

/* Schemes that programs name; in the blob of a program's strings another string may stand right before and behind. */
static const struct str SCHEMES[] = {{"stratum+tcp", 11}, {"stratum+ssl", 11}, {"stratum+tls", 11}, {"stratum", 7}, {"https", 5}, {"http", 4},
                                     {"socks5", 6},       {"wss", 3},          {"ws", 2},           {"ftp", 3},     {"tcp", 3},   {"udp", 3},
                                     {"ssl", 3},          {"tls", 3},          {"ssh", 3},          {"irc", 3}};

/* Bytes of the known scheme that ends before `at`, 0 when none does. */
static size_t known_scheme(struct str d, size_t at)
{
    for (size_t i = 0; i < ARRAY_SIZE(SCHEMES); i++)
        if (str_ends(str_sub(d, at > SCHEME_BYTES_MAX ? at - SCHEME_BYTES_MAX : 0, at), SCHEMES[i]))
            return SCHEMES[i].n;
    return 0;
}

/* Where the URL in [from, end) of a program ends at the latest: before the scheme of the next one. */
static size_t before_next(struct str d, size_t from, size_t end)
{
    ptrdiff_t next = str_find(str_sub(d, 0, end), STR("://"), from);
    size_t scheme = next > 0 ? known_scheme(d, (size_t)next) : 0;
    return scheme && (size_t)next - scheme > from ? (size_t)next - scheme : end;
}

/* A URL whose "://" begins at `at`. Returns where to go on. */
static size_t look_at_url(struct look *l, size_t at)
{
    struct str d = l->c->data;
    size_t scheme = at, from = at + 3, end = from;
    while (scheme > 0 && at - scheme < SCHEME_BYTES_MAX &&
           ((d.p[scheme - 1] >= 'a' && d.p[scheme - 1] <= 'z') ||
            (d.p[scheme - 1] >= 'A' && d.p[scheme - 1] <= 'Z') ||
            (d.p[scheme - 1] >= '0' && d.p[scheme - 1] <= '9') || d.p[scheme - 1] == '+'))
        scheme--;
    while (end < d.n && end - from < URL_BYTES_MAX && is_url_char(d.p[end]))
        end++;
    if (!l->c->is_text) {
        size_t known = known_scheme(d, at);
        scheme = known ? at - known : scheme;
        end = before_next(d, from, end);
    }
    struct str rest = str_sub(d, from, end), path = {};
    if (at - scheme < 2 || rest.n < 4)
        return from;
    for (size_t i = 0; i < rest.n; i++)
        if (strchr("/?#", rest.p[i])) {
            path = str_sub(rest, i, rest.n);
            rest = str_sub(rest, 0, i);
            break;
        }
    const char *user = rest.n ? memrchr(rest.p, '@', rest.n) : NULL;
    if (user)
        rest = str_sub(rest, (size_t)(user - rest.p) + 1, rest.n);
    while (rest.n && strchr(",;.)]*!", rest.p[rest.n - 1]) && rest.p[0] != '[')
        rest = str_sub(rest, 0, rest.n - 1);
    struct str host = rest, port = {};
    const char *colon = rest.n ? memrchr(rest.p, ':', rest.n) : NULL;
    if (colon && !(rest.p[0] == '[' && rest.p[rest.n - 1] == ']')) {
        host = str_sub(rest, 0, (size_t)(colon - rest.p));
        port = str_sub(rest, host.n, rest.n);
    }
    if (!l->c->is_text) {
        size_t digits = 1, whole = hostname_cut(host);
        while (digits < port.n && digits < 6 && port.p[digits] >= '0' && port.p[digits] <= '9')
            digits++;
        if (whole < host.n || (port.n && digits < port.n))
            path = STR_NULL; /* what follows belongs to another string */
        if (whole < host.n)
            port = STR_NULL;
        host = str_sub(host, 0, whole);
        port = str_sub(port, 0, digits > 1 ? digits : 0);
    }
    if (host.n > 253 || !see_name(l, host, HOSTNAME_URL))
        return from;
    if (is_full(l->facts, F_CONTENT_URLS))
        return end;
    char text[SCHEME_BYTES_MAX + 3 + URL_BYTES_MAX];
    size_t n = put(text, 0, str_sub(d, scheme, from));
    lower(text + n, host);
    n = put(text, n + host.n, port);
    struct str segment;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '?' || path.p[i] == '#')
            path = str_sub(path, 0, i);
    while (path.n && strchr(",;.)]*!:", path.p[path.n - 1]))
        path = str_sub(path, 0, path.n - 1);
    for (bool first = true; str_split(&path, '/', &segment); first = false) {
        if (!first)
            text[n++] = '/';
        n = put(text, n, is_key(segment) ? STR("*") : segment);
    }
    see(l, F_CONTENT_URLS, str_n(text, n), scheme);
    return end;
}

/* host:port whose colon is at `at`. */
static void look_at_port(struct look *l, size_t at)
{
    struct str d = l->c->data;
    size_t from = at, end = at + 1;
    uint32_t port = 0;
    while (end < d.n && end - at <= 5 && d.p[end] >= '0' && d.p[end] <= '9')
        port = port * 10 + (uint32_t)(d.p[end++] - '0');
    if (!port || port > 65535 ||
        (end < d.n && (is_hostname_char(d.p[end]) || d.p[end] == ':') && d.p[end] != '.'))
        return;
    while (from > 0 && at - from < 254 && is_hostname_char(d.p[from - 1]))
        from--;
    if (from == at || at - from > 253 ||
        (from > 0 && (d.p[from - 1] == '/' || d.p[from - 1] == '@' || d.p[from - 1] == ':')))
        return; /* a URL has been seen already; a path is none */
    see_name(l, str_sub(d, from, at), HOSTNAME_PORT);
}

/* A word with a dot at `at` that is a host name by itself or before a path; it begins at `least` or later.
 * Returns where to go on. */
static size_t look_at_word(struct look *l, size_t at, size_t least)
{
    struct str d = l->c->data;
    size_t from = at, end = at + 1;
    while (from > least && is_hostname_char(d.p[from - 1]))
        from--;
    while (end < d.n && is_hostname_char(d.p[end]))
        end++;
    if (end - from > 254)
        return end;
    char before = from > 0 ? d.p[from - 1] : ' ', after = end < d.n ? d.p[end] : ' ';
    struct str word = str_sub(d, from, end);
    while (word.n && word.p[word.n - 1] == '.')
        word = str_sub(word, 0, word.n - 1);
    if (!l->c->is_text) {
        /* in a program: a string of its own between NUL bytes */
        if (!before && !after)
            see_name(l, word, HOSTNAME_BARE);
    } else if (strchr(" \t\r\n\"'`=@,;|>", before) && before) {
        struct net net;
        if (after == '/' && end + 1 < d.n && is_url_char(d.p[end + 1]) && !net_from_str(word, &net))
            see_name(l, word, HOSTNAME_PATH);
        else if (strchr(" \t\r\n\"'`,;|<\\", after) && after && !net_from_str(word, &net))
            see_name(l, word, HOSTNAME_BARE);
        else if (after == '/' && end + 1 < d.n && d.p[end + 1] > '9' && net_from_str(word, &net))
            see_name(l, word, HOSTNAME_PORT); /* 192.0.2.1/x, not 192.0.2.0/24 */
    }
    return end;
}

static bool names_wants(const struct content *c)
{
    switch (c->kind) {
    case KIND_EMPTY:
    case KIND_GIF:
    case KIND_PNG:
    case KIND_JPEG:
    case KIND_WEBP:
    case KIND_GZIP:
    case KIND_BZIP2:
    case KIND_XZ:
    case KIND_ZSTD:
    case KIND_LZ4:
    case KIND_SEVENZIP:
        return false;
    default:
        return true;
    }
}

static int names_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct look l = {.c = c, .facts = facts, .intel = state};
    struct str d = c->data;
    for (size_t at = 0; (at = name_place_colon(d, at)) < d.n;) {
        if (d.p[at + 1] == '/') {
            at = look_at_url(&l, at);
            continue;
        }
        look_at_port(&l, at);
        at++;
    }
    for (size_t at = 0, dot; wants_more(&l) && (dot = name_place_dot(d, at)) < d.n;)
        at = look_at_word(&l, dot, at);
    return 0;
}

/* The state is the lists, which are not its own. */
static int names_init(const struct inspect_options *options, void **ret, struct error *)
{
    *ret = (void *)options->intel;
    return 0;
}

const struct analyzer analyzer_names = {.name = "names", .init = names_init, .wants = names_wants, .look = names_look};
