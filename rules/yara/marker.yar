// SPDX-License-Identifier: Apache-2.0
// Davy's test marker: plain harmless text to try out a pipeline with, as EICAR's file is for virus scanners.

rule davy_test_marker : marker
{
    meta:
        description = "Davy's harmless test text"
        row = "83"
        source = "Davy"
    strings:
        $text = "DAVY-TEST-MARKER-3b7e41c9-THIS-TEXT-IS-HARMLESS"
    condition:
        $text
}
