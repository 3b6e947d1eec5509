// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <simdjson.h>

extern "C" {
#include "log/parser.h"
#include "log/joints.h"
#include "log/plain.h"
}

/* After so many records of another form the lines at hand are not looked at together any more, nor those of the next times: they cost twice. */
enum { AHEAD_MISSES = 8, AHEAD_PAUSE = 32 };

/* Lines that were looked at together. */
struct ahead {
    simdjson::dom::parser parser;
    struct str lines;
    const uint32_t *mark, *end;  /* those that are left */
    const char *backslash;       /* the next one; behind the lines: there is none; NULL: not known yet */
    unsigned missed, pause;      /* records that had to be read by themselves; times that nobody looks */
    ahead() : parser(), lines(), mark(nullptr), end(nullptr), backslash(nullptr), missed(0), pause(0) {}
    ahead(const ahead &) = delete;
    ahead &operator=(const ahead &) = delete;
};

struct json_parser {
    simdjson::dom::parser parser;
    std::unique_ptr<struct ahead> ahead;
    struct tape tape;
    struct object_members members;
    struct name_tree tree;
    struct joints *joints;
    size_t max, room; /* bytes of a text that `words` are enough for */
    std::unique_ptr<uint64_t[]> words;
    explicit json_parser(size_t most) : parser(most), ahead(), tape(), members(), tree(), joints(joints_new()), max(most), room(0), words()
    {
        members.shapes = shapes_new();
        members.tree = &tree;
    }
    json_parser(const json_parser &) = delete;
    json_parser &operator=(const json_parser &) = delete;
    ~json_parser()
    {
        (void)shapes_free(members.shapes);
        (void)joints_free(joints);
    }
};

struct json_parser *json_parser_new(size_t max)
{
    return new json_parser(max);
}

struct json_parser *json_parser_free(struct json_parser *p)
{
    delete p;
    return nullptr;
}

static bool make_room(struct json_parser *p, size_t n)
{
    if (n <= p->room)
        return true;
    const size_t room = std::min(std::max(n * 2, static_cast<size_t>(64 << 10)), p->max);
    if (n > room || p->parser.allocate(room) != simdjson::SUCCESS)
        return false;
    p->words.reset(new uint64_t[room + 2]);
    p->room = room;
    return true;
}

/* As plain_read(), by what was learned of other texts where that is enough. */
static size_t read_plainly(struct json_parser *p, struct str text, const uint32_t *marks, size_t n)
{
    size_t read = joints_read(p->joints, text, marks, n, p->words.get(), &p->tape);
    if (read)
        return read;
    read = plain_read(text, marks, n, p->words.get(), &p->members, &p->tape);
    if (read)
        joints_learn(p->joints, text, marks, read, &p->tape);
    return read;
}

static bool is_plain(struct json_parser *p, struct str text)
{
    if (!text.n || std::memchr(text.p, '\\', text.n) || !make_room(p, text.n))
        return false;
    auto &i = *p->parser.implementation;
    if (i.stage1(reinterpret_cast<const uint8_t *>(text.p), text.n, simdjson::stage1_mode::regular) != simdjson::SUCCESS)
        return false;
    return read_plainly(p, text, i.structural_indexes.get(), i.n_structural_indexes) == i.n_structural_indexes;
}

bool json_parser_ahead(struct json_parser *p, struct str lines)
{
    if (!p->ahead)
        p->ahead = std::make_unique<struct ahead>();
    struct ahead &a = *p->ahead;
    a.lines = {};
    if (a.missed >= AHEAD_MISSES)
        a.pause = AHEAD_PAUSE;
    a.missed = 0;
    if (a.pause) {
        a.pause--;
        return false;
    }
    if ((a.parser.capacity() < lines.n && a.parser.allocate(lines.n) != simdjson::SUCCESS) || !make_room(p, lines.n))
        return false;
    auto &i = *a.parser.implementation;
    if (i.stage1(reinterpret_cast<const uint8_t *>(lines.p), lines.n, simdjson::stage1_mode::regular) != simdjson::SUCCESS)
        return false;
    a.lines = lines;
    a.mark = i.structural_indexes.get();
    a.end = a.mark + i.n_structural_indexes;
    a.backslash = nullptr;
    return true;
}

bool json_parser_next(struct json_parser *p, const char *at, struct str *ret_text, struct node *ret)
{
    struct ahead *a = p->ahead.get();
    if (!a || !a->lines.n || at < a->lines.p || at >= a->lines.p + a->lines.n || a->missed >= AHEAD_MISSES)
        return false;
    const char *const base = a->lines.p, *const over = base + a->lines.n;
    const size_t from = static_cast<size_t>(at - base);
    while (a->mark < a->end && *a->mark < from)
        a->mark++;
    if (a->mark == a->end || *a->mark != from)
        return false;
    if (a->backslash < at) {
        const void *found = std::memchr(at, '\\', static_cast<size_t>(over - at));
        a->backslash = found ? static_cast<const char *>(found) : over;
    }
    if (a->backslash < over && a->backslash < std::memchr(at, '\n', static_cast<size_t>(over - at))) /* comes up here and there; lines end with one */
        return false;
    const size_t n = read_plainly(p, a->lines, a->mark, static_cast<size_t>(a->end - a->mark));
    const size_t n_line = n ? a->mark[n - 1] + size_t{1} - from : 0;
    if (!n || at[n_line] != '\n') {
        a->missed++;
        return false;
    }
    a->mark += n;
    *ret_text = {at, n_line};
    *ret = {&p->tape, 1};
    return true;
}

void json_parser_forget(struct json_parser *p)
{
    if (p->ahead)
        p->ahead->lines = {};
}

int json_parser_run(struct json_parser *p, struct str text, struct node *ret, const char **ret_why)
{
    *ret = {&p->tape, 1};
    if (is_plain(p, text))
        return 0;
    simdjson::dom::element root;
    const simdjson::error_code e = p->parser.parse(text.p, text.n, false).get(root);
    if (e) {
        *ret = {};
        *ret_why = simdjson::error_message(e);
        return e == simdjson::UTF8_ERROR ? -EILSEQ : e == simdjson::CAPACITY || e == simdjson::DEPTH_ERROR ? -E2BIG : -EINVAL;
    }
    p->tape = {p->parser.doc.tape.get(), p->parser.doc.string_buf.get(), nullptr, nullptr, nullptr};
    return 0;
}

size_t json_double_text(double d, char ret[32])
{
    const auto r = std::to_chars(ret, ret + 32, d);
    return static_cast<size_t>(r.ptr - ret);
}
