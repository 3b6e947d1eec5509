// SPDX-License-Identifier: Apache-2.0
#include "context/command.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "context/endpoint.h"

/* The first word of words that end in NUL each, and what follows. */
static struct str first_word(struct str words, struct str *ret_rest)
{
    const char *end = words.n ? memchr(words.p, 0, words.n) : NULL;
    size_t n = end ? (size_t)(end - words.p) : words.n;
    *ret_rest = end ? str_sub(words, n + 1, words.n) : STR_NULL;
    return str_n(words.p, n);
}

static uint32_t count_words(struct str words)
{
    uint32_t n = 0;
    for (struct str rest = words; rest.n; n++)
        (void)first_word(rest, &rest);
    return n;
}

static struct str block_text(const struct record_block *b)
{
    return b ? record_text(b) : STR_NULL;
}

static char *put(char *p, struct str s)
{
    return s.n ? (char *)memcpy(p, s.p, s.n) + s.n : p;
}

/* Bytes of " word word": a blank for the NUL after each, which the last word of a cut command line lacks. */
static size_t line_bytes(struct str words)
{
    return words.n ? words.n + (words.p[words.n - 1] != 0) : 0;
}

/* "name word word", and the offset within that of each word's end. */
static char *put_line(struct command *c, char *p, struct str name, struct str words)
{
    const char *begin = p;
    c->line_n = (uint32_t)(name.n + line_bytes(words));
    char *end_at = p + c->line_n;
    p = put(p, name);
    for (struct str rest = words; rest.n;) {
        struct str word = first_word(rest, &rest);
        *p++ = ' ';
        p = put(p, word);
        uint16_t end = (uint16_t)(p - begin);
        end_at = put(end_at, str_n(&end, sizeof(end)));
    }
    return end_at;
}

static void read_stdio(struct command *c, const struct record *r, struct jot *jot, struct str names[3])
{
    for (unsigned i = 0; i < 3; i++) {
        struct str path;
        const struct record_fd *fd = record_stdio(r, i, &path);
        if (!fd)
            continue;
        c->stdio[i] = (struct command_stdio){.type = (uint8_t)endpoint_type(fd), .l4proto = fd->l4proto};
        size_t from = jot_begin(jot);
        endpoint_jot_name(jot, fd, path);
        names[i] = jot_end(jot, from);
    }
}

struct command *command_new(const struct record *r, const struct record_index *index, bool keep_env, struct jot *jot)
{
    struct command head = {.refs = 1};
    struct str exepath = {}, words, names[3] = {};
    const size_t used = jot->used;
    const struct record_exe *exe = record_exe(index->v[RECORD_EXE], &exepath);
    if (exe)
        head.exe = *exe;
    struct str argv0 = first_word(block_text(index->v[RECORD_ARGS]), &words);
    struct str env = keep_env ? block_text(index->v[RECORD_ENV]) : STR_NULL;
    struct str loader = block_text(index->v[RECORD_LOADER]), name = str_from(r->comm);
    head.is_whole = exe && index->v[RECORD_ARGS];
    head.n_args = count_words(words);
    read_stdio(&head, r, jot, names);
    size_t n = exepath.n + argv0.n + name.n + line_bytes(words) + head.n_args * sizeof(uint16_t) + env.n + loader.n +
               names[0].n + names[1].n + names[2].n;
    struct command *c = malloc(sizeof(*c) + n);
    if (!c) {
        jot->used = used;
        return NULL;
    }
    *c = head;
    c->bytes = (uint32_t)(sizeof(*c) + n);
    c->exepath_n = (uint32_t)exepath.n;
    c->argv0_n = (uint32_t)argv0.n;
    c->name_n = (uint32_t)name.n;
    c->env_n = (uint32_t)env.n;
    c->loader_n = (uint32_t)loader.n;
    char *p = put(put(c->bytes_, exepath), argv0);
    p = put(put(put_line(c, p, name, words), env), loader);
    for (unsigned i = 0; i < 3; i++) {
        c->stdio[i].from = (uint32_t)(p - c->bytes_);
        c->stdio[i].n = (uint16_t)names[i].n;
        p = put(p, names[i]);
    }
    jot->used = used;
    return c;
}

size_t command_drop(struct command *c)
{
    if (!c || --c->refs)
        return 0;
    size_t n = c->bytes;
    free(c);
    return n;
}

static const char *line_of(const struct command *c)
{
    return c->bytes_ + c->exepath_n + c->argv0_n;
}

struct str command_exepath(const struct command *c)
{
    return str_n(c->bytes_, c->exepath_n);
}

struct str command_exe(const struct command *c)
{
    return str_n(c->bytes_ + c->exepath_n, c->argv0_n);
}

struct str command_line(const struct command *c)
{
    return str_n(line_of(c), c->line_n);
}

struct str command_args(const struct command *c)
{
    return str_sub(command_line(c), c->name_n + 1, c->line_n);
}

struct str command_name(const struct command *c)
{
    return str_n(line_of(c), c->name_n);
}

static size_t arg_end(const struct command *c, uint32_t i)
{
    uint16_t end;
    memcpy(&end, line_of(c) + c->line_n + i * sizeof(end), sizeof(end));
    return end;
}

bool command_arg(const struct command *c, uint32_t i, struct str *ret)
{
    if (i >= c->n_args)
        return false;
    size_t from = (i ? arg_end(c, i - 1) : c->name_n) + 1;
    *ret = str_sub(command_line(c), from, arg_end(c, i));
    return true;
}

struct str command_env(const struct command *c)
{
    return str_n(line_of(c) + c->line_n + c->n_args * sizeof(uint16_t), c->env_n);
}

bool command_env_value(const struct command *c, struct str name, struct str *ret)
{
    for (struct str rest = command_env(c); rest.n;) {
        struct str variable = first_word(rest, &rest);
        if (variable.n > name.n && variable.p[name.n] == '=' && str_starts(variable, name)) {
            *ret = str_sub(variable, name.n + 1, variable.n);
            return true;
        }
    }
    return false;
}

struct str command_loader(const struct command *c)
{
    struct str env = command_env(c);
    return str_n(env.p + env.n, c->loader_n);
}

struct str command_stdio_name(const struct command *c, unsigned num)
{
    return str_n(c->bytes_ + c->stdio[num].from, c->stdio[num].n);
}
