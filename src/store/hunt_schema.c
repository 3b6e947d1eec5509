// SPDX-License-Identifier: Apache-2.0
#include "store/hunt_private.h"

static const char *const STEPS[HUNT_SCHEMA] = {
    "CREATE TABLE davy_hunt_version(version BIGINT NOT NULL);"
    "INSERT INTO davy_hunt_version VALUES(0);"
    "CREATE TABLE davy_hunt_sources(id @ID@, name @BYTES@ NOT NULL UNIQUE, state BIGINT NOT NULL, started_ns BIGINT NOT NULL,"
    " ended_ns BIGINT NOT NULL, repositories BIGINT NOT NULL, tags BIGINT NOT NULL, page @BYTES@ NOT NULL, last @BYTES@ NOT NULL,"
    " error @BYTES@ NOT NULL);"
    "CREATE TABLE davy_hunt_images(id @ID@, digest @BYTES@ NOT NULL, rules @BYTES@ NOT NULL, state BIGINT NOT NULL, tries BIGINT NOT NULL,"
    " not_before_ns BIGINT NOT NULL, queued_ns BIGINT NOT NULL, pull @BYTES@ NOT NULL, platform @BYTES@ NOT NULL, repository @BYTES@ NOT NULL,"
    " created_ns BIGINT NOT NULL, bytes BIGINT NOT NULL, verdict @BYTES@ NOT NULL, purposes @BYTES@ NOT NULL, worst BIGINT NOT NULL,"
    " unread BIGINT NOT NULL, judged_ns BIGINT NOT NULL, cpu_ms BIGINT NOT NULL, wall_ms BIGINT NOT NULL, detonated BIGINT NOT NULL,"
    " judged_by @BYTES@ NOT NULL, error @BYTES@ NOT NULL, UNIQUE(digest, rules));"
    "CREATE INDEX davy_hunt_images_state ON davy_hunt_images(rules, state, id);"
    "CREATE TABLE davy_hunt_refs(reference @BYTES@ NOT NULL, platform @BYTES@ NOT NULL, source BIGINT NOT NULL, repository @BYTES@ NOT NULL,"
    " digest @BYTES@ NOT NULL, seen_ns BIGINT NOT NULL, error @BYTES@ NOT NULL, PRIMARY KEY(reference, platform));"
    "CREATE INDEX davy_hunt_refs_digest ON davy_hunt_refs(digest);"
    "CREATE TABLE davy_hunt_layers(id @ID@, digest @BYTES@ NOT NULL UNIQUE, size BIGINT NOT NULL);"
    "CREATE TABLE davy_hunt_image_layers(image BIGINT NOT NULL, position BIGINT NOT NULL, layer BIGINT NOT NULL, PRIMARY KEY(image, position));"
    "CREATE INDEX davy_hunt_image_layers_layer ON davy_hunt_image_layers(layer);"
    "CREATE TABLE davy_hunt_rules(id @ID@, name @BYTES@ NOT NULL UNIQUE, kind @BYTES@ NOT NULL, priority BIGINT NOT NULL, tags @BYTES@ NOT NULL);"
    "CREATE TABLE davy_hunt_findings(image BIGINT NOT NULL, rule BIGINT NOT NULL, n BIGINT NOT NULL, layer BIGINT NOT NULL,"
    " detail @BYTES@ NOT NULL, example @BYTES@ NOT NULL, PRIMARY KEY(image, rule));"
    "CREATE INDEX davy_hunt_findings_layer ON davy_hunt_findings(layer);"
    "CREATE TABLE davy_hunt_reports(image BIGINT PRIMARY KEY, report @BYTES@ NOT NULL)",
};

const struct db_schema HUNT_TABLES = {
    .table = {"davy_hunt_version", sizeof("davy_hunt_version") - 1},
    .get_version = "SELECT version FROM davy_hunt_version",
    .raise = "UPDATE davy_hunt_version SET version = version + 1",
    .steps = STEPS,
    .version = HUNT_SCHEMA,
};
