// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From what the image room decoded to facts: the fields image.*, layer.* and the part of file.* that is known without
 * looking at the content.
 */
#include "event/facts.h"
#include "image/image.h"
#include "inspect/imitate.h"

/*
 * Everything image.* that the information and the reference tell, on an event of type image; `names` are the official
 * images that the reference is compared with (rules/intel/official-images.txt).
 */
void scan_facts_image(struct facts *facts, const struct image_info *info, struct str ref, const struct imitate *names);
/* The few image.* fields that file events carry, so that a rule can look at both. */
void scan_facts_image_short(struct facts *facts, const struct image_info *info, struct str ref);
/* file.path, .name, .dir, .ext and .is_hidden from a path. */
void scan_facts_path(struct facts *facts, struct str path);
/* The words for `bits` (image_entry.problems, image_info.problems) into a list field. */
void scan_facts_problems(struct facts *facts, enum field_id field, uint64_t bits);
/* Size, mode, owner and times: the part of file.* that an inode tells, whoever read it. */
void scan_facts_inode(struct facts *facts, const struct image_entry *entry);
/* file.* of an entry; origin is one of the words of file.origin. */
void scan_facts_entry(struct facts *facts, const struct image_entry *entry, const char *origin);
/* layer.* of an entry that lies in one; `layers` is their number, created_by the history line as it may be shown. */
void scan_facts_layer(struct facts *facts, const struct image_entry *entry, size_t layers, struct str created_by);
/* elf.machine's word for an image's architecture ("amd64" gives "x86_64"); NULL when there is none. */
const char *scan_machine(struct str arch);
