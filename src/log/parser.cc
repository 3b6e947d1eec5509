// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <simdjson.h>

extern "C" {
#include "log/parser.h"
#include "log/members.h"
#include "log/plain.h"
}

struct json_parser {
    simdjson::dom::parser parser;
    struct tape tape;
    struct object_members members;
    size_t max, room; /* bytes of a text that `words` are enough for */
    std::unique_ptr<uint64_t[]> words;
    explicit json_parser(size_t most) : parser(most), tape(), members(), max(most), room(0), words() { members.shapes = shapes_new(); }
    json_parser(const json_parser &) = delete;
    json_parser &operator=(const json_parser &) = delete;
    ~json_parser() { (void)shapes_free(members.shapes); }
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

static bool is_plain(struct json_parser *p, struct str text)
{
    if (!text.n || std::memchr(text.p, '\\', text.n) || !make_room(p, text.n))
        return false;
    auto &i = *p->parser.implementation;
    if (i.stage1(reinterpret_cast<const uint8_t *>(text.p), text.n, simdjson::stage1_mode::regular) != simdjson::SUCCESS)
        return false;
    return plain_read(text, i.structural_indexes.get(), i.n_structural_indexes, p->words.get(), &p->members, &p->tape);
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
    p->tape = {p->parser.doc.tape.get(), p->parser.doc.string_buf.get(), nullptr, nullptr};
    return 0;
}

size_t json_double_text(double d, char ret[32])
{
    const auto r = std::to_chars(ret, ret + 32, d);
    return static_cast<size_t>(r.ptr - ret);
}
