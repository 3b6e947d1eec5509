// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <charconv>

#include <simdjson.h>

extern "C" {
#include "log/parser.h"
}

struct json_parser {
    simdjson::dom::parser parser;
    struct tape tape;
    explicit json_parser(size_t max) : parser(max), tape() {}
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

int json_parser_run(struct json_parser *p, struct str text, struct node *ret, const char **ret_why)
{
    simdjson::dom::element root;
    const simdjson::error_code e = p->parser.parse(text.p, text.n, false).get(root);
    if (e) {
        *ret_why = simdjson::error_message(e);
        return e == simdjson::UTF8_ERROR ? -EILSEQ : e == simdjson::CAPACITY || e == simdjson::DEPTH_ERROR ? -E2BIG : -EINVAL;
    }
    p->tape = {p->parser.doc.tape.get(), p->parser.doc.string_buf.get()};
    *ret = {&p->tape, 1};
    return 0;
}

size_t json_double_text(double d, char ret[32])
{
    const auto r = std::to_chars(ret, ret + 32, d);
    return static_cast<size_t>(r.ptr - ret);
}
