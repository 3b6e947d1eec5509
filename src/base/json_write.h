// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * JSON written as it goes, where lines come by the ten thousand and a tree of each would cost more than all else. Without white space, in ASCII:
 * what is not becomes \uXXXX, so that no terminal acts on it. A string that is UTF-8 reads as it is; in any other each byte that is none becomes
 * \xHH, and json_write_put() writes a sibling "<key>_base64" with the exact bytes.
 *
 *     json_write_open(b, NULL, '{');
 *     json_write_put(b, "name", name);
 *     json_write_open(b, "list", '[');
 *     json_write_text(b, NULL, STR("first"));      // without a key: an element
 *     json_write_close(b, ']');
 *     json_write_close(b, '}');
 *
 * Commas come by themselves. Nobody checks that brackets and keys fit: that is for whoever calls.
 */
#include "base/strbuf.h"

void json_write_open(struct strbuf *b, const char *key, char bracket);
void json_write_close(struct strbuf *b, char bracket);
/* A string, and its exact bytes beside it when it is not UTF-8. */
void json_write_put(struct strbuf *b, const char *key, struct str s);
/* The same for a key of bytes. */
void json_write_put_named(struct strbuf *b, struct str key, struct str s);
/* A string alone. */
void json_write_text(struct strbuf *b, const char *key, struct str s);
/* A key of bytes, behind which a value is to be written without a key. */
void json_write_key(struct strbuf *b, struct str key);
/* A list of strings. */
void json_write_list(struct strbuf *b, const char *key, const struct str *v, size_t n);
/* As a real number where it is beyond what readers take for whole ones (2^63). */
void json_write_count(struct strbuf *b, const char *key, uint64_t n);
void json_write_int(struct strbuf *b, const char *key, int64_t n);
void json_write_bool(struct strbuf *b, const char *key, bool is);
/* Nine digits; null for what is no number. */
void json_write_double(struct strbuf *b, const char *key, double d);
void json_write_null(struct strbuf *b, const char *key);
/* As text_add_time() prints it, with nanoseconds since the epoch. */
void json_write_time(struct strbuf *b, const char *key, uint64_t ns);
