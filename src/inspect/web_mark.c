// SPDX-License-Identifier: Apache-2.0
/* What is met in pages and code, and when enough of it is met to say so. */
#include "inspect/web.h"

#include <ctype.h>

#include "base/alloc.h"

enum {
    WORD_BYTES_MAX = 40,       /* the longest word is shorter */
    WORDS_SEEN_MAX = 64,       /* different words remembered per mark */
};

static const struct row {
    enum web_mark mark;
    const char *languages, *text;
} ROWS[] = {
#define WEB_MARK(id, word, least)
#define WEB_WORD(id, languages, text) {MARK_##id, languages, text},
#include "inspect/web_words.def"
#undef WEB_MARK
#undef WEB_WORD
};

static const struct {
    const char *word;
    unsigned least;
} MARKS[MARK__N] = {
#define WEB_MARK(id, word, least) [MARK_##id] = {word, least},
#define WEB_WORD(id, languages, text)
#include "inspect/web_words.def"
#undef WEB_MARK
#undef WEB_WORD
};

void web_words_init(struct web_words *w)
{
    w->next = xrealloc(NULL, ARRAY_SIZE(ROWS), sizeof(*w->next));
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
        char *text = arena_alloc(&w->arena, strlen(ROWS[i].text) + 1);
        size_t n = 0;
        for (const char *c = ROWS[i].text; *c; c++)
            if (*c != '|')
                text[n++] = *c;
        struct map_entry *e = map_put(&w->by_text, str_n(text, n), NULL);
        w->next[i] = e->u64;
        e->u64 = i + 1;
    }
}

void web_words_done(struct web_words *w)
{
    free(w->next);
    w->next = NULL;
    map_done(&w->by_text);
    arena_done(&w->arena);
}

void web_see(struct web *w, enum field_id list, struct str value, struct str place)
{
    const struct content *c = w->content;
    bool inside = place.p >= c->data.p && place.p + place.n <= c->data.p + c->data.n;
    size_t at = inside ? (size_t)(place.p - c->data.p) : 0;
    inspection_see(w->facts, list, value, c, at, at + (inside ? place.n : 0));
}

#define BIT(mark) (UINT64_C(1) << (mark))

/* One of the mark's words stands here. */
static void meet(struct web *w, enum web_mark mark)
{
    const size_t at = w->at / WEB_BLOCK_BYTES, block = at < WEB_BLOCKS ? at : WEB_BLOCKS - 1;
    w->met[block] |= BIT(mark);
    w->blocks = block >= w->blocks ? block + 1 : w->blocks;
}

/*
 * What stands in a block with names of cards and in those beside it, which is the most that stands around any of them: all that a script which
 * copies cards has to do stands together.
 */
static uint64_t marks_near_cards(const struct web *w)
{
    const uint64_t cards = BIT(MARK_CARD_FIELDS) | BIT(MARK_CARD_PATTERN);
    uint64_t most = 0;
    for (size_t i = 0; i < w->blocks; i++) {
        const uint64_t near = w->met[i] | (i ? w->met[i - 1] : 0) | (i + 1 < WEB_BLOCKS ? w->met[i + 1] : 0);
        if (w->met[i] & cards && __builtin_popcountll(near) > __builtin_popcountll(most))
            most = near;
    }
    return most;
}

static void state(struct web *w, enum web_mark mark)
{
    w->is_stated[mark] = true;
    (void)facts_add(w->facts, F_WEB_DOES, str_from(MARKS[mark].word));
}

void web_mark(struct web *w, enum web_mark mark)
{
    meet(w, mark);
    state(w, mark);
}

/* Whether three letters are written as a word is: cvv, Cvv2, CVV; cVv and the CVV of CVVQ are bytes of something else. */
static bool is_short_word(const char *s)
{
    bool is_upper = isupper((unsigned char)s[1]), same = is_upper == (isupper((unsigned char)s[2]) != 0);
    bool ends = !isupper((unsigned char)s[3]) || islower((unsigned char)s[4]); /* CVC2, CVCCode */
    return same && (!is_upper || (isupper((unsigned char)s[0]) && ends));
}

/*
 * Parts of names of form fields for payment cards, in whatever writing: cc_number, cardNumber, payment[cc_cid]. A part begins
 * where a word begins, so that "discardNumber" holds none.
 */
static bool is_card_word(struct str s)
{
    static const char *const PARTS[] = {"cardnumber", "cardnum",    "ccnumber", "ccnum",   "ccno",      "cccid",
                                        "cccvv",      "cccvc",      "cvv",      "cvc",      "cardcvv", "cardcvc",   "cardholder", "ccowner",
                                        "cardexp",    "ccexp",      "cardsecurity", "cardcode"};
    char plain[WORD_BYTES_MAX], raw[WORD_BYTES_MAX + 2];
    bool begins[WORD_BYTES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < sizeof(plain); i++) {
        unsigned char c = (unsigned char)s.p[i], before = i ? (unsigned char)s.p[i - 1] : 0;
        if (!isalnum(c))
            continue;
        begins[n] = !isalnum(before) || (isupper(c) && !isupper(before));
        raw[n] = (char)c;
        plain[n++] = (char)tolower(c);
    }
    raw[n] = raw[n + 1] = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; begins[k] && plain[k] == 'c' && i < ARRAY_SIZE(PARTS); i++)
            if (str_starts(str_n(plain + k, n - k), str_from(PARTS[i])) &&
                (PARTS[i][1] != 'v' || (n - k <= 7 && s.n > 3 && is_short_word(raw + k)))) /* cvv2, cvccode; three letters are any short name */
                return true;
    return false;
}

static bool is_password_word(struct str s)
{
    static const char *const WORDS[] = {"password", "passwd", "pass",  "pwd",     "passwrd", "senha", "contrasena",
                                        "otp",      "pin",    "passw", "epass",   "userpass", "psw",  "login_password"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (str_is(s, WORDS[i]))
            return true;
    return false;
}

static void count(struct web *w, enum web_mark mark, struct str text)
{
    struct map *seen = &w->seen[mark];
    meet(w, mark);
    if (seen->n >= WORDS_SEEN_MAX || map_has(seen, text))
        return;
    (void)map_put(seen, arena_str(&w->arena, text), NULL);
    if (seen->n == MARKS[mark].least)
        state(w, mark);
}

void web_word(struct web *w, struct str text, enum code_language language)
{
    char lower[WORD_BYTES_MAX];
    if (text.n < 3 || text.n > sizeof(lower))
        return;
    for (size_t i = 0; i < text.n; i++)
        lower[i] = (char)tolower((unsigned char)text.p[i]);
    struct str written = text;
    text = str_n(lower, text.n);
    const struct map_entry *e = map_get(&w->words->by_text, text);
    for (uint64_t row = e ? e->u64 : 0; row; row = w->words->next[row - 1])
        if (strchr(ROWS[row - 1].languages, "jpaby"[language]))
            count(w, ROWS[row - 1].mark, text);
    if (memchr(lower, 'c', text.n) && is_card_word(written))
        count(w, MARK_CARD_FIELDS, text);
    if (language == CODE_PHP && is_password_word(text))
        count(w, MARK_PASSWORD, text);
}

void web_marks_end(struct web *w)
{
    const uint64_t near = marks_near_cards(w);
    for (enum web_mark m = 0; m < MARK__N; m++) {
        if (w->is_stated[m] && near & BIT(m))
            (void)facts_add(w->facts, F_WEB_NEAR_CARDS, str_from(MARKS[m].word));
        map_done(&w->seen[m]);
    }
}
