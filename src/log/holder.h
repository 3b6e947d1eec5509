// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Objects that hold records in an array: what clouds deliver ({"Records":[…]}), and the answers of those who keep logs for others. Only the members before
 * the array are looked at, so that an answer of any size is read record by record.
 */
#include "base/str.h"

/* What the elements of an array are. */
enum log_holds {
    LOG_HOLDS_RECORDS, /* records; an element may still hold others (pages of answers in one array) */
    LOG_HOLDS_ANSWERS, /* answers of Elasticsearch to several searches */
    LOG_HOLDS_STREAMS, /* streams of Loki: labels, then lines */
    LOG_HOLDS_LINES,   /* a line of Loki: [time, text] or [time, text, {…}]; the head is the labels */
    LOG_HOLDS_TABLES,  /* tables of Azure Monitor and Kusto: columns, then rows */
    LOG_HOLDS_SERIES,  /* series of InfluxDB: columns, then rows */
    LOG_HOLDS_ROWS,    /* a row: [value, …], or {"f":[{"v":value}, …]} of BigQuery; the head says what the columns are */
};

struct log_holder {
    enum log_holds holds;
    size_t at;        /* behind the [ */
    unsigned objects; /* that are open there */
    struct str head;  /* what stands before rows or lines and says what they are; else empty */
};

/*
 * Whether an object holds records; it is an element of an array that holds `of` (LOG_HOLDS_RECORDS: of any, or of none). 1; 0: no, and *ret_by_name when its first name
 * says so; -1: it cannot be told from these bytes.
 */
int log_holder_find(struct str object, enum log_holds of, struct log_holder *ret, bool *ret_by_name);
