# SPDX-License-Identifier: Apache-2.0
"""Davy where anybody may run it: a clone below /root is nobody else's, and tests become somebody else."""
import os
import pathlib
import shutil

BUILD = pathlib.Path(os.environ['DAVY']).parent
RULES = pathlib.Path(__file__).resolve().parents[2] / 'rules'


def copied(folder, *names):
    """The path of a davy in the folder, with the programs named davy-NAME and the shipped rules."""
    folder = pathlib.Path(folder)
    folder.chmod(0o755)
    (folder / 'bin').mkdir(mode=0o755)
    for name in ('davy', *(f'davy-{name}' for name in names)):
        shutil.copy2(BUILD / name, folder / 'bin')
    shutil.copytree(RULES, folder / 'rules')
    return str(folder / 'bin/davy')
