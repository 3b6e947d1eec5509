// SPDX-License-Identifier: Apache-2.0
#include "base/capability.h"
#include "context/words.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "event/record.h"

#define WORD_ANY UINT32_MAX /* whatever no other row names */

static const struct word {
    uint8_t table;
    const char *name;
    uint32_t kernel, falco;
} all[] = {
#define WORD(table, name, kernel, falco) {WORDS_##table, name, kernel, falco},
#define WORD_SAME(table, name, number) {WORDS_##table, name, number, number},
#include "context/words.def"
#undef WORD_SAME
#undef WORD
};
enum { N_WORDS = sizeof(all) / sizeof(all[0]) };

/* Rows of one table stand together. */
static const struct word *first_word(enum words table)
{
    const struct word *w = all;
    while (w < all + N_WORDS && w->table != table)
        w++;
    return w;
}

static bool is_row(const struct word *w, enum words table)
{
    return w < all + N_WORDS && w->table == table;
}

uint32_t words_flags(enum words table, uint32_t kernel)
{
    uint32_t falco = 0;
    for (const struct word *w = first_word(table); is_row(w, table); w++)
        if (w->kernel && (kernel & w->kernel) == w->kernel)
            falco |= w->falco;
    if (table == WORDS_OPEN)
        falco |= (kernel & O_ACCMODE) == O_WRONLY ? WORDS_O_WRONLY
                 : (kernel & O_ACCMODE) == O_RDWR ? WORDS_O_RDONLY | WORDS_O_WRONLY
                                                  : WORDS_O_RDONLY;
    return table == WORDS_NONE ? kernel : falco;
}

uint32_t words_enum(enum words table, uint32_t kernel)
{
    for (const struct word *w = first_word(table); is_row(w, table); w++)
        if (w->kernel == kernel || w->kernel == WORD_ANY)
            return w->falco;
    return kernel;
}

void words_jot_flags(struct jot *j, enum words table, uint32_t falco)
{
    uint32_t left = falco;
    const size_t from = jot_begin(j);
    for (const struct word *w = first_word(table); is_row(w, table); w++) {
        if (w->falco ? (left & w->falco) != w->falco || !left : falco != 0)
            continue;
        if (jot_begin(j) != from)
            jot_char(j, '|');
        jot_add(j, str_from(w->name));
        if (w->falco == falco)
            return;
        left &= ~w->falco;
    }
}

void words_jot_enum(struct jot *j, enum words table, uint32_t falco)
{
    for (const struct word *w = first_word(table); is_row(w, table); w++)
        if (w->falco == falco) {
            jot_add(j, str_from(w->name));
            return;
        }
}

struct str words_errno(int number)
{
    return str_from(strerrorname_np(number < 0 ? -number : number));
}

/* Not sigabbrev_np(): it knows no real-time signals, and has the name without SIG. */
struct str words_signal(int number)
{
    static const char *const names[] = {
        NULL, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    };
    enum { N = sizeof(names) / sizeof(names[0]) };
    return number > 0 && number < N ? str_from(names[number]) : STR_NULL;
}

void words_jot_capabilities(struct jot *j, uint64_t set)
{
    const size_t from = jot_begin(j);
    for (unsigned bit = 0; bit < 64; bit++)
        if (set >> bit & 1 && capability_name(bit)) {
            if (jot_begin(j) != from)
                jot_char(j, ' ');
            jot_add(j, str_from(capability_name(bit)));
        }
}
