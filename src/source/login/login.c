// SPDX-License-Identifier: Apache-2.0
#include "source/login/login.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "log/text.h"

#define NS_PER_S 1'000'000'000ULL

/* Where a file was read up to. */
struct place {
    dev_t dev;
    ino_t ino; /* 0: free */
    off_t at;
    uint64_t used;
};

/* A failure or a login that was told, and has not been met in the other kind of log yet. */
struct seen {
    uint64_t key; /* 0: free */
    int64_t at_s;
    bool is_binary;
};

struct login_logs {
    struct place places[LOGIN_FILES_MAX];
    struct seen seen[LOGIN_SEEN_MAX];
    size_t next_seen;
    uint64_t uses;
    struct record_writer w;
    struct text text;
    char *buffer; /* LOGIN_LOOK_BYTES */
};

struct login_logs *login_logs_new(void)
{
    struct login_logs *l = xnew(struct login_logs);
    l->buffer = xrealloc(NULL, 1, LOGIN_LOOK_BYTES);
    return l;
}

struct login_logs *login_logs_free(struct login_logs *l)
{
    if (!l)
        return NULL;
    record_writer_done(&l->w);
    free(l->buffer);
    free(l);
    return NULL;
}

/* ---- one login, two logs ---- */

/* A login as both kinds of log tell it: the name as far as utmp(5) holds it, and the address. */
static uint64_t key_of(struct str user, const struct record_net *peer, bool is_success)
{
    const struct str name = str_sub(user, 0, UT_NAMESIZE);
    uint64_t parts[] = {hash_str(name), hash_str(str_n((const char *)peer->raddr, sizeof(peer->raddr))), is_success};
    const uint64_t h = hash_str(str_n((const char *)parts, sizeof(parts)));
    return h ? h : 1;
}

/* Whether the other kind of log told of the same a moment ago; else it is remembered. */
static bool was_told(struct login_logs *l, uint64_t key, bool is_binary, int64_t now_s)
{
    for (size_t i = 0; i < LOGIN_SEEN_MAX; i++) {
        struct seen *s = &l->seen[i];
        if (s->key != key || s->is_binary == is_binary || now_s - s->at_s > LOGIN_SAME_S)
            continue;
        s->key = 0;
        return true;
    }
    l->seen[l->next_seen++ % LOGIN_SEEN_MAX] = (struct seen){key, now_s, is_binary};
    return false;
}

/* ---- records ---- */

static void begin_record(struct login_logs *l, struct str program)
{
    struct record *r = record_begin(&l->w, RECORD_LOGIN);
    r->uid = r->gid = r->euid = r->loginuid = UINT32_MAX;
    const size_t n = program.n < sizeof(r->comm) ? program.n : sizeof(r->comm) - 1;
    if (n)
        memcpy(r->comm, program.p, n);
}

static void add_text(struct login_logs *l, enum login_param i, struct str s)
{
    enum { TEXT_BYTES = 4096 }; /* of a command or message; a record holds 64 KiB */
    if (s.n && !memchr(s.p, 0, s.n))
        record_add_text(&l->w, (uint16_t)(RECORD_PARAM + i), str_sub(s, 0, TEXT_BYTES));
}

static void end_record(struct login_logs *l, struct str path, struct strbuf *found)
{
    add_text(l, LOGIN_FILE, path);
    strbuf_add(found, str_n((const char *)l->w.record, l->w.record->size));
}

static struct record_net peer_of(const struct net *ip, uint16_t port)
{
    struct record_net n = {.family = ip->v6 ? AF_INET6 : AF_INET, .l4proto = IPPROTO_TCP, .rport = port};
    memcpy(n.raddr, ip->bytes, ip->v6 ? 16 : 4);
    return n;
}

/* ---- lines ---- */

static void add_line(struct login_logs *l, struct str path, struct strbuf *found)
{
    static const struct {
        enum login_param to;
        enum text_id from;
    } TEXTS[] = {
        {LOGIN_ACTION, TEXT_ACTION}, {LOGIN_USER, TEXT_USER},       {LOGIN_TARGET, TEXT_TARGET}, {LOGIN_OUTCOME, TEXT_OUTCOME},
        {LOGIN_METHOD, TEXT_METHOD}, {LOGIN_REASON, TEXT_REASON},   {LOGIN_COMMAND, TEXT_COMMAND}, {LOGIN_TTY, TEXT_TTY},
        {LOGIN_KEY, TEXT_KEY},       {LOGIN_HOST, TEXT_HOST},       {LOGIN_PROGRAM, TEXT_PROGRAM}, {LOGIN_MESSAGE, TEXT_MESSAGE},
    };
    const struct text *t = &l->text;
    begin_record(l, text_has(t, TEXT_PROGRAM) ? t->v[TEXT_PROGRAM].s : STR_NULL);
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
        if (text_has(t, TEXTS[i].from))
            add_text(l, TEXTS[i].to, t->v[TEXTS[i].from].s);
    if (text_has(t, TEXT_UNKNOWN_USER))
        record_add_number(&l->w, RECORD_PARAM + LOGIN_UNKNOWN_USER, 1);
    if (text_has(t, TEXT_PID))
        record_add_number(&l->w, RECORD_PARAM + LOGIN_PID, t->v[TEXT_PID].u);
    if (text_has(t, TEXT_IP)) {
        const struct record_net peer = peer_of(t->v[TEXT_IP].net, text_has(t, TEXT_PORT) ? (uint16_t)t->v[TEXT_PORT].u : 0);
        record_add(&l->w, RECORD_NET, 0, &peer, sizeof(peer), STR_NULL);
    }
    end_record(l, path, found);
}

/* A line of sshd that a binary log told of already; a success is told again, because the line says by what. */
static bool is_line_told(struct login_logs *l, int64_t now_s)
{
    const struct text *t = &l->text;
    if (!text_has(t, TEXT_OUTCOME) || !text_has(t, TEXT_IP) || !text_has(t, TEXT_USER) || !str_is(t->v[TEXT_ACTION].s, "login"))
        return false;
    const struct record_net peer = peer_of(t->v[TEXT_IP].net, 0);
    const bool is_success = str_is(t->v[TEXT_OUTCOME].s, "success");
    return was_told(l, key_of(t->v[TEXT_USER].s, &peer, is_success), false, now_s) && !is_success;
}

static int32_t zone_s(int64_t now_s)
{
    const time_t t = (time_t)now_s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* A line without a zone may be of a container that lives in UTC. */
static bool is_fresh(uint64_t time_ns, int64_t now_s, int32_t offset_s)
{
    const int64_t t = (int64_t)(time_ns / NS_PER_S);
    return llabs(now_s - t) <= LOGIN_FRESH_S || llabs(now_s - t - offset_s) <= LOGIN_FRESH_S;
}

static void take_lines(struct login_logs *l, struct str lines, struct str path, int64_t now_s, bool fresh_alone, struct strbuf *found)
{
    const struct text_clock clock = {.base_ns = (uint64_t)now_s * NS_PER_S, .offset_s = zone_s(now_s)};
    struct str line;
    while (str_split(&lines, '\n', &line)) {
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > TEXT_LINE_MAX || !text_auth_line(line, &clock, &l->text) || !text_has(&l->text, TEXT_ACTION))
            continue;
        if (fresh_alone && !is_fresh(l->text.time_ns, now_s, clock.offset_s))
            continue;
        uint32_t n = l->text.repeat < LOGIN_REPEAT_MAX ? l->text.repeat : LOGIN_REPEAT_MAX;
        for (; n; n--)
            if (!is_line_told(l, now_s))
                add_line(l, path, found);
    }
}

void login_logs_lines(struct login_logs *l, struct str lines, struct str path, int64_t now_s, struct strbuf *found)
{
    take_lines(l, lines, path, now_s, false, found);
}

/* ---- utmp(5) ---- */

static void take_entry(struct login_logs *l, struct str entry, struct str path, int64_t now_s, bool fresh_alone, struct strbuf *found)
{
    const bool is_failure = str_ends(path, STR("btmp"));
    const struct text *t = &l->text;
    if (!text_utmp(entry, is_failure ? TEXT_UTMP_BTMP : TEXT_UTMP_WTMP, &l->text))
        return;
    if (fresh_alone && llabs(now_s - (int64_t)(t->time_ns / NS_PER_S)) > LOGIN_FRESH_S)
        return;
    if (text_has(t, TEXT_IP)) {
        const struct record_net peer = peer_of(t->v[TEXT_IP].net, 0);
        if (was_told(l, key_of(t->v[TEXT_USER].s, &peer, !is_failure), true, now_s))
            return;
    }
    add_line(l, path, found);
}

static void take_utmp(struct login_logs *l, struct str entries, struct str path, int64_t now_s, bool fresh_alone, struct strbuf *found)
{
    const size_t size = text_utmp_size();
    for (; entries.n >= size; entries = str_sub(entries, size, entries.n))
        take_entry(l, entries, path, now_s, fresh_alone, found);
}

void login_logs_utmp(struct login_logs *l, struct str entries, struct str path, int64_t now_s, struct strbuf *found)
{
    take_utmp(l, entries, path, now_s, false, found);
}

/* ---- files ---- */

static bool is_binary(struct str path)
{
    return str_ends(path, STR("tmp"));
}

/* NULL: it is not known. */
static struct place *find_place(struct login_logs *l, const struct stat *st)
{
    for (size_t i = 0; i < LOGIN_FILES_MAX; i++)
        if (l->places[i].ino == st->st_ino && l->places[i].dev == st->st_dev)
            return &l->places[i];
    return NULL;
}

static struct place *make_place(struct login_logs *l, const struct stat *st)
{
    struct place *oldest = &l->places[0];
    for (size_t i = 1; i < LOGIN_FILES_MAX; i++)
        if (l->places[i].used < oldest->used)
            oldest = &l->places[i];
    *oldest = (struct place){.dev = st->st_dev, .ino = st->st_ino};
    return oldest;
}

/* Where the next whole line begins, or entry. */
static off_t align(int fd, off_t at, bool binary)
{
    char c;
    if (binary)
        return at - at % (off_t)sizeof(struct utmp);
    if (!at || (pread(fd, &c, 1, at - 1) == 1 && c == '\n'))
        return at;
    char piece[4096];
    const ssize_t n = pread(fd, piece, sizeof(piece), at);
    const char *end = n > 0 ? memchr(piece, '\n', (size_t)n) : NULL;
    return end ? at + (end - piece) + 1 : at;
}

/* How many bytes are whole lines or entries; a line without an end that fills everything is left out. */
static size_t whole(struct str s, bool binary)
{
    if (binary)
        return s.n - s.n % sizeof(struct utmp);
    const char *end = s.n ? memrchr(s.p, '\n', s.n) : NULL;
    return end ? (size_t)(end - s.p) + 1 : s.n == LOGIN_LOOK_BYTES ? s.n : 0;
}

bool login_logs_read(struct login_logs *l, int fd, struct str path, enum login_begin begin, int64_t now_s, struct strbuf *found)
{
    const bool binary = is_binary(path);
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_ino)
        return false;
    struct place *p = find_place(l, &st);
    const bool is_first = !p;
    if (!p) {
        p = make_place(l, &st);
        if (begin != LOGIN_AT_START)
            p->at = align(fd, begin == LOGIN_AT_END ? st.st_size : st.st_size > LOGIN_FIRST_BYTES ? st.st_size - LOGIN_FIRST_BYTES : 0, binary);
    }
    p->used = ++l->uses;
    if (st.st_size < p->at) /* it was cut, and is written anew */
        p->at = 0;
    const ssize_t n = pread(fd, l->buffer, LOGIN_LOOK_BYTES, p->at);
    const struct str text = str_n(l->buffer, whole(str_n(l->buffer, n > 0 ? (size_t)n : 0), binary));
    p->at += (off_t)text.n;
    if (binary)
        take_utmp(l, text, path, now_s, is_first && begin == LOGIN_FRESH, found);
    else
        take_lines(l, text, path, now_s, is_first && begin == LOGIN_FRESH, found);
    return n == LOGIN_LOOK_BYTES;
}
