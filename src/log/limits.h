// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a file of a log may ask for. Logs are written by clouds, but what is in them comes from whoever called. */

enum {
    /*
     * One record. A record of CloudTrail or of Google's audit has at most 256 KiB, one of Kubernetes that holds request and
     * response 3 MiB (what etcd takes, twice). Its tape takes up to fourteen times as much.
     */
    LOG_RECORD_MAX = 4 << 20,
    LOG_WINDOW = 256 << 10,      /* bytes of a file at hand; grows up to a record and a half when one does not fit */
    LOG_HEAD = 16 << 10,         /* what a format is recognised from */
    LOG_PADDING = 64,            /* readable bytes behind the window, for simdjson */
    LOG_NESTING = 4,             /* records within strings of records: a message of CloudWatch that holds one of EventBridge */
    LOG_MANY = 3,                /* values that hold several records, within each other: messages of CloudWatch in a record of Kinesis, lines in a message */
    LOG_ENVELOPE_KEYS = 24,      /* members of an object that are looked at for the array of records */
    LOG_HOLDERS = 4,             /* arrays within arrays that hold records: pages of answers, their tables, their rows */
    LOG_TABLE_HEAD = 256 << 10,  /* bytes of what says which columns rows have, or which labels lines; of Google's audit in BigQuery it may be 150 KiB */
    LOG_LIST_MAX = 256,          /* elements of a list that a field gives */
    LOG_POINTER_DEPTH = 32,      /* parts of a JSON pointer */
    LOG_TEXT_MAX = 1 << 20,      /* of an object that a field gives as JSON text; more is cut */
    /*
     * A file may unpack to LOG_UNPACKED bytes, and beyond them to so many times what was read of it. Logs shrink to a tenth or a thirtieth; nothing but the
     * same byte again and again to less than a three-hundredth: a few kilobytes of that would keep a reader busy for days.
     */
    LOG_UNPACKED = 1 << 30,
    LOG_UNPACKED_TIMES = 300,
    LOG_FILES_MAX = 1 << 20,     /* files below the folders that were named */
    LOG_FOLDER_DEPTH = 32,
    LOG_MEMBER_NAME = 1024,      /* bytes of the name of a member of an archive that are shown */
    LOG_PARTITIONS_MAX = 16,     /* folders around a table that give it a column; S3 delivers flow logs with seven */
    LOG_PARTITION_NAME = 128,    /* bytes of the column's name */
    LOG_PARTITION_VALUE = 1024,  /* bytes of the folder's name: more than a file system takes, not more than a member of an archive */
    LOG_VALUES_MAX = 48,         /* fields that a text record gives */
    LOG_NAMED_MAX = 64,          /* values of a text record by name */
};
