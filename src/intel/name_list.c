// SPDX-License-Identifier: Apache-2.0
/*
 * Lists of host names and addresses, line by line, each told by its own form:
 *
 *     example.com   *.example.com   .example.com   https://example.com/   example.com:3333     one name a line
 *     0.0.0.0 example.com www.example.com                       hosts file
 *     ||example.com^   @@||example.com^                         block list of browsers; @@ takes a name back
 *     address=/example.com/0.0.0.0   server=/example.com/       dnsmasq
 *     local-zone: "example.com" always_nxdomain                 unbound
 *     example.com CNAME .   32.1.2.0.192.rpz-ip CNAME .         response policy zone
 *     192.0.2.0/24   192.0.2.1-192.0.2.9   add set 192.0.2.1    addresses, networks, ranges, ipset
 *     "2026-11-28","192.0.2.9","443","online"                   CSV with a line before it that names its columns
 *     {"cidr":"192.0.2.0/24","sblid":"…"}                       JSON lines
 *
 * A name stands for all names below it, but in response policy zones, which tell the two apart. Comments begin with #, !, ;
 * or //. Records that say more than a name (a path, a pattern, another record of a zone) are passed over and counted.
 */
#include <errno.h>

#include "base/intl.h"
#include "intel/internal.h"

static const char NOT_A_NAME[] = N_("neither a host name with a dot, in ASCII, nor an address");

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word off the front of *s. */
static bool take_word(struct str *s, struct str *ret)
{
    size_t from = 0;
    while (from < s->n && is_blank(s->p[from]))
        from++;
    size_t to = from;
    while (to < s->n && !is_blank(s->p[to]))
        to++;
    *ret = str_sub(*s, from, to);
    *s = str_sub(*s, to, s->n);
    return ret->n > 0;
}

static void take_name(struct reading *r, struct str normal, enum name_scope scope, bool exempt)
{
    int e = names_add(&r->intel->names, normal, scope, exempt, r->number);
    if (e < 0)
        r->result = e;
    else
        r->list.names++;
}

/* A host name as it may be written; false when it is none. */
static bool try_name(struct reading *r, struct str s, bool exempt)
{
    char normal[NAME_BYTES_MAX];
    if (str_starts(s, STR("*.")))
        s = str_sub(s, 2, s.n);
    else if (s.n && s.p[0] == '.')
        s = str_sub(s, 1, s.n);
    size_t n = name_normal(s, normal);
    if (n)
        take_name(r, str_n(normal, n), NAME_AND_BELOW, exempt);
    return n > 0;
}

static void take_net(struct reading *r, int result)
{
    if (result < 0)
        r->result = result;
    else
        r->list.nets++;
}

/* An address, a network or a range; false when it is none. */
static bool try_net(struct reading *r, struct str s)
{
    struct net first, last;
    const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
        s = str_sub(s, 1, s.n - 1);
    if (net_from_str(s, &first)) {
        take_net(r, nets_add(&r->intel->nets, &first, r->number));
        return true;
    }
    if (!dash || !net_from_str(str_sub(s, 0, (size_t)(dash - s.p)), &first) ||
        !net_from_str(str_sub(s, (size_t)(dash - s.p) + 1, s.n), &last) || first.v6 != last.v6)
        return false;
    int result = nets_add_range(&r->intel->nets, &first, &last, r->number);
    if (result == -EINVAL)
        reading_bad(r, N_("the range ends before it begins"));
    else
        take_net(r, result);
    return true;
}

/* host:port or [address]:port; the port goes. */
static struct str without_port(struct str s)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    uint64_t port;
    if (!colon || !str_to_u64(str_sub(s, (size_t)(colon - s.p) + 1, s.n), &port) || port > 65535)
        return s;
    struct str host = str_sub(s, 0, (size_t)(colon - s.p));
    bool is_v6 = host.n && memchr(host.p, ':', host.n);
    return is_v6 && host.p[host.n - 1] != ']' ? s : host;
}

static bool is_beyond_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return true;
    return false;
}

/* One name or address in any form that stands alone. */
static void take_one(struct reading *r, struct str s, bool exempt)
{
    ptrdiff_t scheme = str_find(s, STR("://"), 0);
    if (scheme > 0) {
        s = str_sub(s, (size_t)scheme + 3, s.n);
        const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
        if (slash && slash + 1 < s.p + s.n) { /* a page is listed, not all of its host */
            r->list.passed++;
            return;
        }
        s = slash ? str_sub(s, 0, (size_t)(slash - s.p)) : s;
    }
    if (try_net(r, s))
        return;
    if (s.n && memchr(s.p, '/', s.n)) {
        r->list.passed++;
        return;
    }
    s = without_port(s);
    if (!try_name(r, s, exempt) && !try_net(r, s))
        reading_bad(r, is_beyond_ascii(s) ? N_("a name beyond ASCII: write it as the net has it, xn--…") : NOT_A_NAME);
}

/* Names that every hosts file gives to the machine itself. */
static bool is_own_name(struct str s)
{
    static const char *const own[] = {"localhost", "localhost.localdomain", "local", "broadcasthost", "localhost4", "localhost6",
                                      "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes",
                                      "ip6-allrouters", "ip6-allhosts", "localhost4.localdomain4", "localhost6.localdomain6"};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (str_eq_nocase(s, str_from(own[i])))
            return true;
    return false;
}

/* An address and the names it is given; false when the line is none. */
static bool take_hosts(struct reading *r, struct str line)
{
    struct str word;
    struct net net;
    if (!take_word(&line, &word))
        return false;
    const char *zone = memchr(word.p, '%', word.n); /* fe80::1%lo0 */
    word = zone ? str_sub(word, 0, (size_t)(zone - word.p)) : word;
    if (memchr(word.p, '/', word.n) || !net_from_str(word, &net))
        return false;
    char normal[NAME_BYTES_MAX];
    struct str rest = line;
    if (!take_word(&line, &word) || (!name_normal(word, normal) && !is_own_name(word) && !net_from_str(word, &net)))
        return false;
    for (line = rest; take_word(&line, &word);)
        if (is_own_name(word) || net_from_str(word, &net))
            r->list.passed++;
        else if (!try_name(r, word, false))
            reading_bad(r, NOT_A_NAME);
    return true;
}

/* ||example.com^$third-party */
static void take_adblock(struct reading *r, struct str line)
{
    bool exempt = str_starts(line, STR("@@"));
    size_t from = exempt ? 4 : 2, to = from;
    while (to < line.n && !strchr("^$/*|", line.p[to]))
        to++;
    struct str name = str_sub(line, from, to), rest = str_sub(line, to, line.n);
    if (rest.n && rest.p[0] != '^' && rest.p[0] != '$') {
        r->list.passed++; /* a path or a pattern */
        return;
    }
    if (rest.n > 1 && rest.p[0] == '^' && rest.p[1] != '$' && rest.p[1] != '|') {
        r->list.passed++;
        return;
    }
    take_one(r, name, exempt);
}

/* address=/a.example/b.example/0.0.0.0 */
static bool take_dnsmasq(struct reading *r, struct str line)
{
    const char *slash = line.n ? memchr(line.p, '/', line.n) : NULL;
    if (!str_starts(line, STR("address=/")) && !str_starts(line, STR("server=/")) && !str_starts(line, STR("local=/")))
        return false;
    struct str rest = str_sub(line, (size_t)(slash - line.p) + 1, line.n), name;
    const char *last = rest.n ? memrchr(rest.p, '/', rest.n) : NULL;
    rest = last ? str_sub(rest, 0, (size_t)(last - rest.p)) : rest;
    while (str_split(&rest, '/', &name))
        take_one(r, name, false);
    return true;
}

/* local-zone: "example.com." always_nxdomain; local-data: "example.com A 0.0.0.0" */
static bool take_unbound(struct reading *r, struct str line)
{
    if (!str_starts(line, STR("local-zone:")) && !str_starts(line, STR("local-data:")))
        return false;
    const char *quote = memchr(line.p, '"', line.n);
    struct str rest = quote ? str_sub(line, (size_t)(quote - line.p) + 1, line.n) : str_sub(line, 11, line.n), word;
    if (!take_word(&rest, &word)) {
        reading_bad(r, N_("no name behind it"));
        return true;
    }
    const char *end = memchr(word.p, '"', word.n);
    take_one(r, end ? str_sub(word, 0, (size_t)(end - word.p)) : word, false);
    return true;
}

/* The address that a trigger's name holds backwards: 24.0.2.0.192, or 128.1.zz.db8.2001 where zz is ::. */
static bool rpz_net(struct str name, struct net *ret)
{
    struct str parts[10], part;
    char text[64];
    size_t n = 0, at = 0;
    while (n < ARRAY_SIZE(parts) && str_split(&name, '.', &part))
        parts[n++] = part;
    if (n < 3 || name.n)
        return false;
    bool v4 = n == 5;
    for (size_t i = 1; v4 && i < n; i++)
        for (size_t k = 0; k < parts[i].n; k++)
            v4 &= parts[i].p[k] >= '0' && parts[i].p[k] <= '9';
    for (size_t i = n; i-- > 1;) {
        bool gap = str_eq_nocase(parts[i], STR("zz"));
        if (parts[i].n > 4)
            return false;
        if (gap) {
            text[at++] = ':';
            if (at == 1)
                text[at++] = ':';
        } else {
            memcpy(text + at, parts[i].p, parts[i].n);
            at += parts[i].n;
            if (i > 1)
                text[at++] = v4 ? '.' : ':';
        }
    }
    text[at++] = '/';
    if (parts[0].n > 3)
        return false;
    memcpy(text + at, parts[0].p, parts[0].n);
    return net_from_str(str_n(text, at + parts[0].n), ret);
}

/* What a zone's CNAME says: NXDOMAIN, NODATA, drop and redirection list the name, pass-through takes it back. */
static void take_trigger(struct reading *r, struct str owner, struct str target)
{
    struct str origin = strbuf_str(&r->origin);
    bool exempt = str_eq_nocase(target, STR("rpz-passthru.")) || str_eq_nocase(target, STR("rpz-passthru"));
    struct net net;
    char normal[NAME_BYTES_MAX];
    if (owner.n && owner.p[owner.n - 1] == '.') {
        owner = str_sub(owner, 0, owner.n - 1);
        if (origin.n && owner.n > origin.n + 1 && owner.p[owner.n - origin.n - 1] == '.' &&
            str_eq_nocase(str_sub(owner, owner.n - origin.n, owner.n), origin))
            owner = str_sub(owner, 0, owner.n - origin.n - 1);
    }
    if (str_ends(owner, STR(".rpz-ip"))) {
        if (exempt)
            r->list.passed++;
        else if (rpz_net(str_sub(owner, 0, owner.n - 7), &net))
            take_net(r, nets_add(&r->intel->nets, &net, r->number));
        else
            reading_bad(r, N_("no address in the trigger"));
        return;
    }
    if (str_has(owner, STR(".rpz-"))) {
        r->list.passed++; /* triggers by client or name server */
        return;
    }
    bool below = str_starts(owner, STR("*."));
    size_t n = name_normal(below ? str_sub(owner, 2, owner.n) : owner, normal);
    if (n)
        take_name(r, str_n(normal, n), below ? NAME_BELOW : NAME_EXACT, exempt);
    else
        reading_bad(r, NOT_A_NAME);
}

static void set_origin(struct reading *r, struct str word)
{
    strbuf_clear(&r->origin);
    while (word.n && word.p[word.n - 1] == '.')
        word.n--;
    strbuf_add(&r->origin, word);
}

static bool is_record_type(struct str s)
{
    static const char *const types[] = {"A", "AAAA", "CNAME", "NS", "SOA", "TXT", "MX", "PTR", "DNAME"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (str_eq_nocase(s, str_from(types[i])))
            return true;
    return false;
}

/* A line of a zone: owner [ttl] [IN] type data; false when it is none. */
static bool take_zone(struct reading *r, struct str raw)
{
    struct str line = raw, owner, word, type = {};
    bool no_owner = raw.n && is_blank(raw.p[0]);
    if (r->in_soa) {
        r->in_soa = !memchr(raw.p, ')', raw.n);
        return true;
    }
    if (!no_owner && !take_word(&line, &owner))
        return false;
    if (!no_owner && owner.p[0] == '$') {
        if (str_eq_nocase(owner, STR("$ORIGIN")) && take_word(&line, &word))
            set_origin(r, word);
        return true;
    }
    for (int i = 0; i < 3 && take_word(&line, &word); i++) {
        uint64_t ttl;
        if (is_record_type(word)) {
            type = word;
            break;
        }
        bool is_ttl = word.n > 1 && str_to_u64(str_sub(word, 0, word.n - 1), &ttl);
        if (!str_eq_nocase(word, STR("IN")) && !is_ttl && !str_to_u64(word, &ttl))
            return false;
    }
    if (!type.n || !take_word(&line, &word))
        return false;
    r->in_soa = str_eq_nocase(type, STR("SOA")) && memchr(line.p, '(', line.n) && !memchr(line.p, ')', line.n);
    bool is_answer = str_eq_nocase(type, STR("CNAME")) || str_eq_nocase(type, STR("A")) || str_eq_nocase(type, STR("AAAA"));
    if (no_owner || !is_answer || str_is(owner, "@"))
        r->list.passed++;
    else
        take_trigger(r, owner, str_eq_nocase(type, STR("CNAME")) ? word : STR_NULL);
    return true;
}

/* What stands before a comment at the end of the line. */
static struct str without_comment(struct str line)
{
    for (size_t i = 1; i < line.n; i++)
        if ((line.p[i] == '#' || line.p[i] == ';') && is_blank(line.p[i - 1]))
            return str_sub(line, 0, i);
    return line;
}

/* A name or address and, behind a comma or blanks, words about it. */
static void take_first(struct reading *r, struct str line)
{
    struct str word, rest = line;
    if (str_starts(line, STR("add ")) && take_word(&rest, &word) && take_word(&rest, &word) && take_word(&rest, &word)) {
        take_one(r, word, false); /* ipset */
        return;
    }
    if (str_starts(line, STR("create "))) {
        r->list.passed++;
        return;
    }
    size_t end = 0;
    while (end < line.n && !is_blank(line.p[end]) && line.p[end] != ',' && line.p[end] != ';')
        end++;
    word = str_sub(line, 0, end);
    if (word.n > 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
        word = str_sub(word, 1, word.n - 1);
    take_one(r, word, false);
}

/* Whether a column of that name holds host names, addresses or URLs; *ret_mixed: digests too. */
static bool is_name_column(struct str name, bool *ret_mixed)
{
    static const char *const NAMES[] = {"domain", "host",    "hostname", "fqdn", "ip",      "ip_address", "dst_ip",   "dstip",
                                        "ipv4",   "address", "cidr",     "url",  "network", "ioc_value",  "indicator"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_eq_nocase(name, str_from(NAMES[i]))) {
            *ret_mixed = !strcmp(NAMES[i], "ioc_value") || !strcmp(NAMES[i], "indicator");
            return true;
        }
    return false;
}

/* Takes a line as the names of the columns when one of them is known; of several the first counts. */
static bool take_csv_header(struct reading *r, struct str line)
{
    struct str rest = line, field;
    int n = 0, at = -1;
    bool is_mixed = false;
    if (r->csv.known || !line.n || !memchr(line.p, ',', line.n))
        return false;
    for (; csv_field(&rest, ',', &field); n++)
        if (at < 0 && is_name_column(field, &is_mixed))
            at = n;
    if (n < 2 || at < 0)
        return false;
    r->csv = (struct csv_columns){.known = true, .separator = ',', .any = at, .is_mixed = is_mixed};
    return true;
}

static bool is_digest(struct str s)
{
    uint8_t bytes[DIGEST_BYTES_MAX];
    return (s.n == 32 || s.n == 40 || s.n == 64) && hex_decode(s, bytes);
}

static void take_csv(struct reading *r, struct str line)
{
    struct str field = {};
    for (int n = 0; n <= r->csv.any; n++)
        if (!csv_field(&line, r->csv.separator, &field)) {
            reading_bad(r, N_("fewer columns than the first line names"));
            return;
        }
    if (r->csv.is_mixed && is_digest(field))
        r->list.passed++;
    else
        take_one(r, field, false);
}

static void take_line(struct reading *r, struct str raw)
{
    struct str line = str_trim(raw);
    if (!line.n)
        return;
    bool has_mark = memchr(line.p, '#', line.n);
    if (has_mark && (str_has(line, STR("##")) || str_has(line, STR("#@#")) || str_has(line, STR("#?#")))) {
        if (line.p[0] == '#')
            return;
        r->list.passed++; /* parts of pages, in block lists of browsers */
        return;
    }
    if (strchr("#!;", line.p[0]) || str_starts(line, STR("//"))) {
        size_t from = 1 + (line.p[0] == '/');
        struct str comment = str_sub(line, from, line.n);
        if (!take_csv_header(r, comment))
            reading_comment(r, comment);
        return;
    }
    if (line.p[0] == '{' && name_list_json_line(r, line))
        return;
    if (r->in_header && take_csv_header(r, line))
        return;
    if (str_starts(line, STR("[Adblock")))
        return;
    r->in_header = false;
    if (r->csv.known && memchr(line.p, ',', line.n)) {
        take_csv(r, line);
        return;
    }
    if (str_starts(line, STR("||")) || str_starts(line, STR("@@||"))) {
        take_adblock(r, line);
        return;
    }
    if (line.p[0] == '|' || line.p[0] == '/' || str_starts(line, STR("@@"))) {
        r->list.passed++;
        return;
    }
    line = str_trim(without_comment(line));
    if (!take_dnsmasq(r, line) && !take_unbound(r, line) && !take_zone(r, without_comment(raw)) && !take_hosts(r, line))
        take_first(r, line);
}

void name_list_entry(struct reading *r, struct str entry)
{
    entry = str_trim(entry);
    if (entry.n)
        take_first(r, entry);
}

int name_list_read(struct reading *r, struct lines *lines, struct error *err)
{
    static const struct str mark = {"\xef\xbb\xbf", 3};
    struct str line;
    int e = lines_peek(lines, &line);
    struct str start = str_trim(line);
    const char *end = start.n ? memchr(start.p, '\n', start.n) : NULL;
    struct str behind = end ? str_trim(str_sub(start, (size_t)(end - start.p), start.n)) : STR_NULL;
    bool are_lines = start.n && start.p[0] == '{' && str_ends(str_trim(str_sub(start, 0, end ? (size_t)(end - start.p) : start.n)), STR("}")) && behind.n && behind.p[0] == '{';
    if (!e && start.n && !are_lines && (start.p[0] == '{' || (start.p[0] == '[' && !str_starts(start, STR("[Adblock"))))) {
        _cleanup_(strbuf_done) struct strbuf text = {};
        e = lines_rest(lines, INTEL_JSON_BYTES, &text);
        if (e < 0)
            return error_errno(err, e, "cannot read %.*s whole", STR_ARG(r->list.file));
        return name_list_json(r, strbuf_str(&text), err);
    }
    while (!e && !r->result && !(e = lines_next(lines, &line))) {
        r->line = lines->number;
        if (r->line == 1 && str_starts(line, mark))
            line = str_sub(line, mark.n, line.n);
        if (lines->is_cut)
            reading_bad(r, N_("longer than 16 KiB"));
        else
            take_line(r, line);
    }
    return e < 0 ? error_errno(err, e, "cannot read %.*s", STR_ARG(r->list.file)) : 0;
}
