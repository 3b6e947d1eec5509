// SPDX-License-Identifier: Apache-2.0
#pragma once
/* How a published feed writes values as JSON, and how they are read. Inside the room only. */
#include <jansson.h>

#include "base/day.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"

#define FEED_LOG_SCHEMA "davy.feed-log/1"
#define FEED_HEAD_SCHEMA "davy.feed-head/1"
enum { FEED_DAY_S = 86400 };

/* One object of at most `max` bytes, without keys that stand twice. */
int feed_get_object(struct str text, size_t max, json_t **ret, struct error *err);
/* Empty when it is missing or no string. */
struct str feed_get_str(const json_t *j, const char *key, struct arena *a);
/* YYYY-MM-DDThh:mm:ssZ, from 1970 to 9999; false when it is missing or anything else. */
bool feed_get_time(const json_t *j, const char *key, struct arena *a, uint64_t *ret_s);
/* 64 digits of lower-case hex. */
bool feed_get_hash(const json_t *j, const char *key, struct arena *a, uint8_t ret[SHA256_BYTES]);
/* No less than 0; 0 when it is missing. */
bool feed_get_number(const json_t *j, const char *key, uint64_t *ret);
/* 1 to FEED_NAME_MAX letters, digits, dots, dashes and underscores. */
bool feed_name_is_good(struct str name);

void feed_put_str(json_t *j, const char *key, struct str s);
void feed_put_time(json_t *j, const char *key, uint64_t s);
/* The day before that second. */
struct str feed_last_day(struct arena *a, uint64_t expires_s);
/* Appends on one line and gives it back. */
void feed_put_end(struct strbuf *b, json_t *j);
