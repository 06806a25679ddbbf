"""Runs definitions under sfnx.testing with the step answers of recorded runs.

Standard input: [{"name": .., "definition": .., "input": .., "answers": {state: [{"output": ..} | {"error": .., "cause": ..}]}}]
Standard output: for each {"output": ..} or {"error": .., "cause": ..}, and "states": the names entered, in order;
{"refused": why} where the interpreter could not follow the recorded run.
"""

import json
import sys

from sfnx.testing import Call, Failure, run


class Astray(Exception):
    """The recorded run has nothing to say here."""


def interpreted(job: dict) -> dict:
    left = {state: list(answers) for state, answers in job["answers"].items()}

    def answer(call: Call) -> object:
        if not left.get(call.state):
            raise Astray(f"the local run has no further answer for state {call.state!r}")
        given = call.arguments
        compared = "waitForTaskToken" not in call.resource
        # Iterations and branches run side by side locally: what was answered is told by what was asked.
        alike = [it for it in left[call.state] if compared and it.get("arguments") == given]
        found = (alike or left[call.state])[0]
        left[call.state].remove(found)
        if "arguments" in found and compared and found["arguments"] != given:
            raise Astray(f"state {call.state!r} was given {found['arguments']!r} locally and {given!r} here")
        if "output" in found:
            return found["output"]
        raise Failure(found["error"], found["cause"])

    execution = run(job["definition"], job["input"], answer)
    unused = {state: answers for state, answers in left.items() if answers}
    if unused:
        raise Astray(f"answers of the local run were not asked for: {unused!r}")
    result = {"states": execution.states}
    if execution.error is None:
        result["output"] = execution.output
    else:
        result["error"] = execution.error
        result["cause"] = execution.cause
    return result


def attempted(job: dict) -> dict:
    try:
        return interpreted(job)
    except Exception as why:
        return {"refused": f"{type(why).__name__}: {why}"}


json.dump([attempted(job) for job in json.load(sys.stdin)], sys.stdout)
