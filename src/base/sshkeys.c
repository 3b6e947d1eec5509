// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/sshkeys.h"

enum {
    SSH_LINE_MAX = 64 << 10
}; /* keys of 16384 bits with options are below 4 KiB; sshd itself reads lines of any length */

static const char *const TYPES[] = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"};

static bool is_type(struct str word)
{
    for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++)
        if (str_starts(word, str_from(TYPES[i])))
            return true;
    return false;
}

/* Takes a word off *s; blanks inside double quotes belong to it. */
static struct str take_word(struct str *s)
{
    size_t n = 0;
    bool quoted = false;
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = str_sub(*s, 1, s->n);
    for (; n < s->n && (quoted || (s->p[n] != ' ' && s->p[n] != '\t')); n++) {
        if (s->p[n] == '\\' && n + 1 < s->n && s->p[n + 1] == '"')
            n++;
        else if (s->p[n] == '"')
            quoted = !quoted;
    }
    const struct str word = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return word;
}

/* The body begins with the length and the name of its type. */
static bool body_is_of(struct str body, struct str type)
{
    if (body.n < 4 + type.n)
        return false;
    const uint8_t *p = (const uint8_t *)body.p;
    const uint32_t n = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return n == type.n && str_eq(str_sub(body, 4, 4 + type.n), type);
}

static bool parse(struct str line, struct arena *a, struct ssh_key *ret)
{
    struct str rest = str_trim(line), body;
    uint8_t digest[SHA256_BYTES];
    if (!rest.n || rest.p[0] == '#' || rest.n > SSH_LINE_MAX)
        return false;
    struct ssh_key key = {.line = line, .type = take_word(&rest)};
    if (!is_type(key.type)) {
        key.options = key.type;
        key.type = take_word(&rest);
        if (!is_type(key.type))
            return false;
    }
    const struct str text = take_word(&rest);
    if (!text.n || !base64_decode(a, text, &body) || !body_is_of(body, key.type))
        return false;
    sha256_once(body.p, body.n, digest);
    const struct str hash = base64_encode_unpadded(a, digest, sizeof(digest));
    key.fingerprint = arena_printf(a, "SHA256:%.*s", STR_ARG(hash));
    key.comment = str_trim(rest);
    *ret = key;
    return true;
}

bool ssh_key_next(struct str *text, struct arena *a, struct ssh_key *ret)
{
    struct str line;
    while (str_split(text, '\n', &line))
        if (parse(line, a, ret))
            return true;
    return false;
}
