// SPDX-License-Identifier: Apache-2.0
/* What is in such files, entry by entry. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/sshkeys.h"
#include "source/config/config.h"

struct adder {
    struct record_writer *w;
    unsigned n;
};

static void add(struct adder *a, struct str entry, uint32_t secret)
{
    if (a->n++ < CONFIG_ENTRIES_TOLD && entry.n && !memchr(entry.p, 0, entry.n))
        record_add(a->w, RECORD_TEXT, secret, NULL, 0, str_sub(entry, 0, CONFIG_TEXT_MAX));
}

static void add_keys(struct adder *a, struct str text, uint64_t salt)
{
    struct arena arena = {};
    struct ssh_key key;
    struct str rest = text;
    while (a->n < CONFIG_ENTRIES_TOLD && ssh_key_next(&rest, &arena, &key)) {
        /* what a key may do counts: a forced command that is gone is another right */
        const uint32_t how = key.options.n ? (uint32_t)(hash_secret(key.options) ^ salt) : 0;
        add(a, key.fingerprint, how);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

/* Lines of fields with colons between them: those that are shown, in order; `secret` is compared and not shown, -1: none is. */
static void add_lines(struct adder *a, struct str text, const int *shown, size_t n_shown, int secret, uint64_t salt)
{
    enum { FIELDS = 9 };
    struct strbuf entry = {};
    struct str rest = text, line;
    while (a->n < CONFIG_ENTRIES_TOLD && str_split(&rest, '\n', &line)) {
        struct str f[FIELDS] = {}, left = line;
        size_t n = 0;
        while (n < FIELDS && str_split(&left, ':', &f[n]))
            n++;
        if (n < 3 || !f[0].n || f[0].p[0] == '#')
            continue;
        strbuf_clear(&entry);
        for (size_t i = 0; i < n_shown; i++) {
            if (i)
                strbuf_addc(&entry, ':');
            strbuf_add(&entry, f[shown[i]].p ? f[shown[i]] : STR(""));
        }
        uint32_t value = 0;
        if (secret >= 0 && f[secret].n) {
            const uint64_t h = hash_secret(f[secret]) ^ salt;
            value = (uint32_t)hash_secret(str_n(&h, sizeof(h)));
        }
        add(a, strbuf_str(&entry), value);
    }
    strbuf_done(&entry);
}

/* Lines that say something, with one blank where there are several. */
static void add_rights(struct adder *a, struct str text)
{
    struct strbuf entry = {};
    struct str rest = text, line, word;
    while (a->n < CONFIG_ENTRIES_TOLD && str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (!line.n || (line.p[0] == '#' && !str_starts(line, STR("#include"))))
            continue;
        strbuf_clear(&entry);
        while (str_split(&line, ' ', &word)) {
            word = str_trim(word);
            if (word.n && entry.n)
                strbuf_addc(&entry, ' ');
            strbuf_add(&entry, word);
        }
        add(a, strbuf_str(&entry), 0);
    }
    strbuf_done(&entry);
}

static const char *kind_of(struct str path)
{
    const struct str name = str_basename(path);
    return str_is(name, "authorized_keys") || str_is(name, "authorized_keys2") ? "keys"
           : str_is(path, "/etc/passwd")                                       ? "users"
           : str_is(path, "/etc/shadow")                                       ? "passwords"
           : str_is(path, "/etc/group")                                        ? "groups"
           : str_is(path, "/etc/sudoers") || str_is(path, "/etc/sudoers.d") || str_starts(path, STR("/etc/sudoers.d/")) ? "rights"
                                                                               : NULL;
}

bool config_add_entries(struct record_writer *w, struct str path, uint32_t space, struct str text, uint64_t salt)
{
    static const int USER[] = {0, 2, 3, 5, 6}, PASSWORD[] = {0}, GROUP[] = {0, 2, 3};
    struct adder a = {.w = w};
    const char *kind = kind_of(path);
    if (!kind)
        return false;
    record_add(w, RECORD_PARAM, space, NULL, 0, path);
    record_add_text(w, RECORD_PARAM + 1, str_from(kind));
    switch (kind[0]) {
    case 'k':
        add_keys(&a, text, salt);
        break;
    case 'u':
        add_lines(&a, text, USER, ARRAY_SIZE(USER), -1, salt);
        break;
    case 'p':
        add_lines(&a, text, PASSWORD, ARRAY_SIZE(PASSWORD), 1, salt);
        break;
    case 'g':
        add_lines(&a, text, GROUP, ARRAY_SIZE(GROUP), -1, salt);
        break;
    default:
        add_rights(&a, text);
        break;
    }
    return true;
}
