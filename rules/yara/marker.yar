// SPDX-License-Identifier: Apache-2.0
// Davy's test marker: plain harmless text to try out a pipeline with, as EICAR's file is for virus scanners.

rule davy_test_marker : marker
{
    meta:
        description = "Davy's harmless test text"
        row = "83"
        source = "Davy"
    strings:
        // The text of docs/writing-rules.md as numbers, so that this file is not found where another version of it is installed.
        $text = { 44 41 56 59 2D 54 45 53 54 2D 4D 41 52 4B 45 52 2D 33 62 37 65 34 31 63 39 2D 54 48 49 53 2D 54 45 58 54 2D 49 53 2D 48 41 52 4D 4C 45 53 53 }
    condition:
        $text
}
