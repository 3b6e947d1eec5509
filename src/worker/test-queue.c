// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "worker/queue.h"

/* Puts content of n bytes in when there is room for it. */
static bool put(struct queue *q, uint64_t item, size_t n)
{
    uint8_t *place = queue_offer(q, n);
    if (!place)
        return false;
    CHECK(place >= q->bytes && place + n <= q->bytes + sizeof(q->bytes));
    memset(place, (int)(item & 0xff), n);
    queue_fill(q, item, STR("facts"), n);
    return true;
}

/* Takes the oldest out, and sees that nobody wrote into it. */
static uint64_t take(struct queue *q)
{
    const struct queue_place *p = queue_peek(q);
    CHECK(p);
    struct str s = queue_content(q, p);
    uint64_t item = p->item;
    CHECK_INT(s.n, p->n);
    for (size_t i = 0; i < s.n; i += i + 4096 < s.n ? 4096 : 1)
        CHECK_INT((uint8_t)s.p[i], item & 0xff);
    queue_pop(q);
    return item;
}

TEST(content_comes_out_as_it_went_in)
{
    struct queue *q = queue_new();
    uint64_t in = 0, out = 0, refused = 0;
    unsigned state = 1;
    CHECK(q);
    for (int i = 0; i < 20000; i++) {
        state = state * 1103515245 + 12345;
        size_t n = 1 + (state >> 8) % (i % 50 ? 40'000 : 9 << 20);
        if (put(q, in + 1, n))
            in++;
        else
            refused++;
        for (; in - out > 1 && (state >> 5) % 3; state = state * 1103515245 + 12345) {
            out++;
            CHECK_INT(take(q), out);
        }
    }
    for (; out < in; out++)
        CHECK_INT(take(q), out + 1);
    CHECK(!queue_peek(q));
    CHECK(refused > 10 && in > 10000);
    queue_free(q);
}

TEST(room_is_for_what_will_soon_be_looked_at)
{
    struct queue *q = queue_new();
    CHECK(put(q, 1, QUEUE_BYTES)); /* whole windows, when nothing else is there */
    CHECK(!put(q, 2, 1));          /* no bytes are left */
    CHECK_INT(take(q), 1);
    CHECK(!queue_offer(q, QUEUE_BYTES + 1));
    CHECK(put(q, 3, 40 << 20));
    CHECK(put(q, 4, QUEUE_WAITING_BYTES)); /* behind the one that is looked at */
    CHECK(!put(q, 5, 1));
    CHECK_INT(take(q), 3);
    CHECK(put(q, 6, 1 << 20));
    CHECK_INT(take(q), 4);
    CHECK_INT(take(q), 6);
    for (uint64_t i = 0; i < QUEUE_PLACES; i++)
        CHECK(put(q, i, 10));
    CHECK(!put(q, QUEUE_PLACES, 10));
    queue_reset(q);
    CHECK(!queue_peek(q));
    CHECK(put(q, 1, 10));
    queue_free(q);
}

/* Whatever the other side writes, nothing outside is touched. */
TEST(numbers_of_a_stranger_stay_within)
{
    static const uint64_t ODD[] = {0, 1, QUEUE_BYTES - 1, QUEUE_BYTES, QUEUE_BYTES + 1, UINT64_MAX, UINT64_MAX - 63, 1ULL << 63};
    struct queue *q = queue_new();
    for (size_t a = 0; a < ARRAY_SIZE(ODD); a++)
        for (size_t n = 0; n < ARRAY_SIZE(ODD); n++) {
            queue_reset(q);
            CHECK(put(q, 1, 100) && put(q, 2, 100));
            for (int i = 0; i < 2; i++) {
                q->places[i].at = ODD[a];
                q->places[i].n = ODD[n];
                struct str s = queue_content(q, &q->places[i]);
                CHECK((const uint8_t *)s.p >= q->bytes && (const uint8_t *)s.p + s.n <= q->bytes + sizeof(q->bytes));
            }
            uint8_t *place = queue_offer(q, 5000);
            CHECK(!place || (place >= q->bytes && place + 5000 <= q->bytes + sizeof(q->bytes)));
            queue_pop(q);
            queue_pop(q);
        }
    queue_free(q);
}
