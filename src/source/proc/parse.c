// SPDX-License-Identifier: Apache-2.0
#include "source/proc/parse.h"

/* Takes the next word (blanks and tabs part words) off *s. */
static bool word(struct str *s, struct str *ret)
{
    size_t from = 0;
    while (from < s->n && (s->p[from] == ' ' || s->p[from] == '\t'))
        from++;
    size_t to = from;
    while (to < s->n && s->p[to] != ' ' && s->p[to] != '\t')
        to++;
    *ret = str_sub(*s, from, to);
    *s = str_sub(*s, to, s->n);
    return ret->n;
}

static bool hex_number(struct str s, uint64_t *ret)
{
    uint64_t v = 0;
    if (!s.n || s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const int d = c >= '0' && c <= '9'                 ? c - '0'
                      : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                           : -1;
        if (d < 0)
            return false;
        v = v << 4 | (uint64_t)d;
    }
    *ret = v;
    return true;
}

static bool signed_number(struct str s, int64_t *ret)
{
    uint64_t v;
    const bool minus = s.n && s.p[0] == '-';
    if (!str_to_u64(minus ? str_sub(s, 1, s.n) : s, &v) || v > INT64_MAX)
        return false;
    *ret = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

bool proc_parse_stat(struct str text, struct proc_stat *ret)
{
    /* The name is whatever stands between the first opening and the last closing bracket. */
    const char *open = text.n ? memchr(text.p, '(', text.n) : NULL;
    const char *close = text.n ? memrchr(text.p, ')', text.n) : NULL;
    if (!open || !close || close < open)
        return false;
    struct proc_stat st = {.comm = str_n(open + 1, (size_t)(close - open - 1))};
    struct str rest = str_sub(text, (size_t)(close - text.p) + 1, text.n), w;
    if (!word(&rest, &w))
        return false;
    st.state = w.p[0];
    /* Fields are numbered as in proc(5); 3 was the state. */
    for (unsigned i = 4; i <= 23; i++) {
        int64_t v = 0;
        uint64_t u = 0;
        if (!word(&rest, &w))
            return false;
        if (!str_to_u64(w, &u))
            (void)signed_number(w, &v);
        else if (u <= INT64_MAX)
            v = (int64_t)u;
        switch (i) {
        case 4:
            st.ppid = v;
            break;
        case 5:
            st.pgid = v;
            break;
        case 6:
            st.sid = v;
            break;
        case 7:
            st.tty = v;
            break;
        case 9:
            st.flags = u;
            break;
        case 14:
            st.utime = u;
            break;
        case 15:
            st.stime = u;
            break;
        case 20:
            st.threads = u;
            break;
        case 22:
            st.start = u;
            break;
        case 23:
            st.vsize = u;
            break;
        default:
            break;
        }
    }
    *ret = st;
    return true;
}

struct str proc_status_get(struct str text, const char *name)
{
    const struct str key = str_from(name);
    struct str line;
    while (str_split(&text, '\n', &line))
        if (line.n > key.n && line.p[key.n] == ':' && str_starts(line, key))
            return str_trim(str_sub(line, key.n + 1, line.n));
    return STR_NULL;
}

uint64_t proc_status_number(struct str text, const char *name)
{
    struct str value = proc_status_get(text, name), w;
    uint64_t v;
    return word(&value, &w) && str_to_u64(w, &v) ? v : 0;
}

bool proc_one_cpu(struct str list)
{
    uint64_t v;
    return str_to_u64(list, &v);
}

bool proc_map_next(struct str *text, struct proc_map *ret)
{
    struct str line, range, perms, offset, dev, inode, from;
    while (str_split(text, '\n', &line)) {
        struct proc_map m = {};
        if (!word(&line, &range) || !word(&line, &perms) || perms.n < 4 || !word(&line, &offset) ||
            !word(&line, &dev) || !word(&line, &inode) || !str_to_u64(inode, &m.inode))
            continue;
        if (!str_split(&range, '-', &from) || !hex_number(from, &m.from) || !hex_number(range, &m.to) ||
            m.to < m.from)
            continue;
        m.r = perms.p[0] == 'r';
        m.w = perms.p[1] == 'w';
        m.x = perms.p[2] == 'x';
        m.path = str_trim(line);
        *ret = m;
        return true;
    }
    return false;
}

bool proc_map_is_anonymous(const struct proc_map *m)
{
    static const char *const NAMES[] = {"[heap]",         "[stack", "[anon", "/dev/zero (deleted)",
                                        "/anon_hugepage", "/SYSV"};
    if (!m->path.n)
        return true;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (str_starts(m->path, str_from(NAMES[i])))
            return true;
    return false;
}

/* "0100007F:0016": the address in words of 32 bits as the machine stores them. */
static bool endpoint(struct str s, struct proc_endpoint *ret)
{
    struct str address;
    uint64_t port, v;
    if (!str_split(&s, ':', &address) || (address.n != 8 && address.n != 32) || !hex_number(s, &port) ||
        port > 0xffff)
        return false;
    struct proc_endpoint e = {.v6 = address.n == 32, .port = (uint16_t)port};
    for (size_t i = 0; i * 8 < address.n; i++) {
        if (!hex_number(str_sub(address, i * 8, i * 8 + 8), &v))
            return false;
        const uint32_t w = (uint32_t)v;
        memcpy(e.bytes + i * 4, &w, sizeof(w));
    }
    static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
    if (e.v6 && !memcmp(e.bytes, MAPPED, sizeof(MAPPED))) {
        memmove(e.bytes, e.bytes + 12, 4);
        memset(e.bytes + 4, 0, 12);
        e.v6 = false;
    }
    *ret = e;
    return true;
}

bool proc_socket_next(struct str *text, struct proc_socket *ret)
{
    struct str line, w;
    while (str_split(text, '\n', &line)) {
        struct proc_socket s = {};
        uint64_t state;
        if (!word(&line, &w) || !word(&line, &w) || !endpoint(w, &s.local) || !word(&line, &w) ||
            !endpoint(w, &s.remote) || !word(&line, &w) || !hex_number(w, &state))
            continue;
        s.state = (unsigned)state;
        /* tx:rx, tr:when, retrnsmt, uid, timeout, inode */
        bool whole = true;
        for (int i = 0; i < 6; i++)
            whole = whole && word(&line, &w);
        if (!whole || !str_to_u64(w, &s.inode))
            continue;
        *ret = s;
        return true;
    }
    return false;
}

struct block {
    uint8_t bytes[2], mask[2];
};
/* IANA special-purpose blocks, told by their first two bytes (RFC 1918, 6598, 3927, 5737, 2544, 1122, 5771).
 */
static const struct block CLOSED_V4[] = {
    {{10, 0}, {255, 0}},     {{172, 16}, {255, 240}},  {{192, 168}, {255, 255}},
    {{127, 0}, {255, 0}},    {{169, 254}, {255, 255}}, {{100, 64}, {255, 192}},
    {{198, 18}, {255, 254}}, {{224, 0}, {224, 0}},     {{0, 0}, {255, 0}},
};
/* RFC 4193, 4291. */
static const struct block CLOSED_V6[] = {
    {{0xfc, 0}, {0xfe, 0}},
    {{0xfe, 0x80}, {0xff, 0xc0}},
    {{0xff, 0}, {0xff, 0}},
    {{0, 0}, {0xff, 0xff}},
};

static bool in_blocks(const uint8_t *bytes, const struct block *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((bytes[0] & v[i].mask[0]) == v[i].bytes[0] && (bytes[1] & v[i].mask[1]) == v[i].bytes[1])
            return true;
    return false;
}

bool proc_endpoint_is_open(const struct proc_endpoint *e)
{
    static const uint8_t ANY[16];
    static const uint8_t DOCUMENTATION[4] = {0x20, 0x01, 0x0d, 0xb8};
    if (!memcmp(e->bytes, ANY, e->v6 ? 16 : 4))
        return true;
    if (e->v6)
        return !in_blocks(e->bytes, CLOSED_V6, sizeof(CLOSED_V6) / sizeof(CLOSED_V6[0])) &&
               memcmp(e->bytes, DOCUMENTATION, sizeof(DOCUMENTATION));
    return !in_blocks(e->bytes, CLOSED_V4, sizeof(CLOSED_V4) / sizeof(CLOSED_V4[0]));
}

enum { RTF_REJECT_BIT = 0x0200 };

uint64_t proc_blackholes_v4(struct str text)
{
    struct str line, iface, w;
    uint64_t count = 0, flags;
    while (str_split(&text, '\n', &line)) {
        if (!word(&line, &iface) || !word(&line, &w) || !word(&line, &w) || !word(&line, &w) ||
            !hex_number(w, &flags))
            continue;
        /* prohibit and unreachable carry the flag; a blackhole shows only in that it has no interface */
        if (flags & RTF_REJECT_BIT || str_is(iface, "*"))
            count++;
    }
    return count;
}

uint64_t proc_blackholes_v6(struct str text)
{
    struct str line, w[10];
    uint64_t count = 0, flags, length, metric;
    while (str_split(&text, '\n', &line)) {
        size_t n = 0;
        while (n < 10 && word(&line, &w[n]))
            n++;
        if (n < 10 || !hex_number(w[8], &flags) || !hex_number(w[1], &length) || !hex_number(w[5], &metric))
            continue;
        const bool own = length == 0 && metric == 0xffffffff;
        if (flags & RTF_REJECT_BIT && !own)
            count++;
    }
    return count;
}
