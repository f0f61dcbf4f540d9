"""Leave the outcomes in a project as a session of mutmut.

    cd PROJECT; python -m benchmarks.mutation.session < OUTCOMES     # JSON: name to verdict

Then `mutmut show NAME`, `mutmut results --all true` and `mutmut browse` work in the project. Those that
were not in the sample are "not checked". `mutmut run` would run them by its own lights: only the
tests in which a function is called. The fixtures of a generated suite live as long as the session, so
that is the first test of many that look at what came of the call, and some kills are missed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

from benchmarks.mutation.model import KILLED, NOT_PROMOTED, SURVIVED, TIMEOUT

EXIT_CODES = {SURVIVED: 0, KILLED: 1, TIMEOUT: 36}  # as in mutmut.stats


def write(project: Path, verdicts: Mapping[str, str]) -> None:
    """Write the folder `mutants`. The project is the working directory, as mutmut will have it."""
    for path in sorted(project.glob("src/*/*.py")):
        if path.name in NOT_PROMOTED:
            continue
        made = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
        target = project / "mutants" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(made.code, encoding="utf-8")
        data = SourceFileMutationData(path=path)
        for name in made.mutant_names:
            key = get_mutant_name(path, name)
            data.exit_code_by_key[key] = EXIT_CODES.get(verdicts.get(key, ""))
        data.hash_by_function_name = dict(made.hash_by_function_name)
        data.save()
        MutantLineSpans(path=path, span_by_function_name=made.line_span_by_function_name).save()


if __name__ == "__main__":
    write(Path(), json.load(sys.stdin))
