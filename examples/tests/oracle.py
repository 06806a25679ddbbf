"""Runs a definition under sfnx.testing with the step answers of a recorded run.

Standard input: {"definition": .., "input": .., "answers": {state: [{"output": ..} | {"error": .., "cause": ..}, ..]}}
Standard output: {"output": ..} or {"error": .., "cause": ..}, and "states": the names entered, in order.
"""

import json
import sys

from sfnx.testing import Call, Failure, run

job = json.load(sys.stdin)
left = {state: list(answers) for state, answers in job["answers"].items()}


def answer(call: Call) -> object:
    if not left.get(call.state):
        raise SystemExit(f"the local run has no further answer for state {call.state!r}")
    found = left[call.state].pop(0)
    given = call.arguments
    if "arguments" in found and "waitForTaskToken" not in call.resource and found["arguments"] != given:
        raise SystemExit(f"state {call.state!r} was given {found['arguments']!r} locally and {given!r} here")
    if "output" in found:
        return found["output"]
    raise Failure(found["error"], found["cause"])


execution = run(job["definition"], job["input"], answer)
unused = {state: answers for state, answers in left.items() if answers}
if unused:
    raise SystemExit(f"answers of the local run were not asked for: {unused!r}")
result = {"states": execution.states}
if execution.error is None:
    result["output"] = execution.output
else:
    result["error"] = execution.error
    result["cause"] = execution.cause
json.dump(result, sys.stdout)
