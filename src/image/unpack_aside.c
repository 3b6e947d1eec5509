// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/thread.h"
#include "image/limits.h"
#include "image/unpack_aside.h"

enum {
    PIECES = UNPACK_ASIDE_PIECES,
    WAKE_FREE = PIECES / 2,  /* the thread is woken when so many pieces are free: each wake costs some ten microseconds */
    SPINS = 1000,            /* some tens of microseconds */
    STACK_BYTES = 512 << 10, /* decompressors keep their tables elsewhere */
};

struct unpack_aside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more, done;
    unpack_source *source; /* NULL: none */
    void *ctx;
    _Atomic bool *busy, nobody;
    uint8_t *bytes; /* of PIECES pieces */
    struct unpack_piece pieces[PIECES];
    _Atomic uint64_t made, given; /* pieces, counted */
    size_t at;                    /* bytes of the piece at hand that were given: the reader's own */
    bool sleeps, waits;           /* the thread, the reader */
    bool inside, runs, over;
};

/* Whether the source is to be asked. Locked. */
static bool wanted(const struct unpack_aside *u)
{
    return u->source && u->made - u->given < PIECES;
}

static void *run(void *ctx)
{
    struct unpack_aside *u = ctx;
    (void)pthread_mutex_lock(&u->lock);
    u->runs = true;
    (void)pthread_cond_signal(&u->done);
    for (;;) {
        u->sleeps = true;
        while (!u->over && !wanted(u))
            (void)pthread_cond_wait(&u->more, &u->lock);
        u->sleeps = false;
        if (u->over)
            break;
        u->inside = true;
        unpack_source *source = u->source;
        void *of = u->ctx;
        (void)pthread_mutex_unlock(&u->lock);
        struct unpack_piece *piece = &u->pieces[u->made % PIECES];
        *piece = (struct unpack_piece){};
        atomic_store(u->busy, true);
        source(of, u->bytes + u->made % PIECES * IMAGE_IO_BYTES, IMAGE_IO_BYTES, piece);
        atomic_store(u->busy, false);
        (void)pthread_mutex_lock(&u->lock);
        u->inside = false;
        u->made++;
        if (piece->ended)
            u->source = NULL;
        if (u->waits)
            (void)pthread_cond_signal(&u->done);
    }
    (void)pthread_mutex_unlock(&u->lock);
    return NULL;
}

struct unpack_aside *unpack_aside_new(_Atomic bool *busy)
{
    struct unpack_aside *u = xnew(struct unpack_aside);
    u->busy = busy ? busy : &u->nobody;
    u->bytes = mmap(NULL, PIECES * (size_t)IMAGE_IO_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (u->bytes == MAP_FAILED)
        abort(); /* as all of the program does when memory ends */
    (void)pthread_mutex_init(&u->lock, NULL);
    (void)pthread_cond_init(&u->more, NULL);
    (void)pthread_cond_init(&u->done, NULL);
    if (thread_start(&u->thread, STACK_BYTES, run, u) < 0) {
        (void)munmap(u->bytes, PIECES * (size_t)IMAGE_IO_BYTES);
        free(u);
        return NULL;
    }
    (void)pthread_mutex_lock(&u->lock);
    while (!u->runs)
        (void)pthread_cond_wait(&u->done, &u->lock);
    (void)pthread_mutex_unlock(&u->lock);
    return u;
}

struct unpack_aside *unpack_aside_free(struct unpack_aside *u)
{
    if (!u)
        return NULL;
    (void)pthread_mutex_lock(&u->lock);
    u->over = true;
    (void)pthread_cond_signal(&u->more);
    (void)pthread_mutex_unlock(&u->lock);
    (void)pthread_join(u->thread, NULL);
    (void)pthread_cond_destroy(&u->done);
    (void)pthread_cond_destroy(&u->more);
    (void)pthread_mutex_destroy(&u->lock);
    (void)munmap(u->bytes, PIECES * (size_t)IMAGE_IO_BYTES);
    free(u);
    return NULL;
}

void unpack_aside_start(struct unpack_aside *u, unpack_source *source, void *ctx)
{
    (void)pthread_mutex_lock(&u->lock);
    u->source = source;
    u->ctx = ctx;
    (void)pthread_cond_signal(&u->more);
    (void)pthread_mutex_unlock(&u->lock);
}

static void await_piece(struct unpack_aside *u)
{
    for (unsigned i = 0; i < SPINS && u->made == u->given; i++)
        cpu_pause(); /* to sleep and be woken takes longer than most that is waited for */
    if (u->made != u->given)
        return;
    (void)pthread_mutex_lock(&u->lock);
    u->waits = true;
    while (u->made == u->given)
        (void)pthread_cond_wait(&u->done, &u->lock);
    u->waits = false;
    (void)pthread_mutex_unlock(&u->lock);
}

/* The piece at hand was given to its end. */
static void give_back(struct unpack_aside *u)
{
    u->at = 0;
    (void)pthread_mutex_lock(&u->lock);
    u->given++;
    if (u->sleeps && u->source && u->made - u->given <= PIECES - WAKE_FREE)
        (void)pthread_cond_signal(&u->more);
    (void)pthread_mutex_unlock(&u->lock);
}

void unpack_aside_next(struct unpack_aside *u, uint8_t *out, size_t n, struct unpack_piece *ret)
{
    await_piece(u);
    *ret = u->pieces[u->given % PIECES];
    const size_t have = ret->n - u->at;
    if (ret->ended)
        return; /* it stays: it is told again to whoever asks again */
    const uint8_t *from = u->bytes + u->given % PIECES * IMAGE_IO_BYTES + u->at;
    ret->n = have < n ? have : n;
    memcpy(out, from, ret->n);
    u->at += ret->n;
    if (ret->n == have)
        give_back(u);
}

void unpack_aside_stop(struct unpack_aside *u)
{
    (void)pthread_mutex_lock(&u->lock);
    u->source = NULL;
    u->waits = true;
    while (u->inside)
        (void)pthread_cond_wait(&u->done, &u->lock);
    u->waits = false;
    u->given = u->made;
    (void)pthread_mutex_unlock(&u->lock);
    u->at = 0;
}
