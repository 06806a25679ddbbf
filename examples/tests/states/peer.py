"""The workflows of this test as a person writes them for another compiler. One function for each, of the same name."""

from datetime import datetime

from sfnx import (
    Timeout,
    aws,
    context,
    distributed_map,
    inline_map,
    parallel,
    state_machine,
    task,
    wait,
)

ONE = "${OneFunctionArn}"
TWO = "${TwoFunctionArn}"
THREE = "${ThreeFunctionArn}"
TELL = "${TellFunctionArn}"
UNDO = "${UndoFunctionArn}"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/managers"


class Declined(Exception):
    pass


class Busy(Exception):
    pass


@state_machine
def straight(input):
    a: float = task(ONE, {"n": input["n"]})
    b: float = task(TWO, {"n": a + 1})
    return f"{input['id']}: {a + b}"


@state_machine
def choice(input):
    found = 0
    if input["n"] > 10:
        found = task(ONE, {"n": input["n"]})
    elif input["n"] > 5:
        found = task(TWO, {"n": input["n"]})
    return task(THREE, {"n": found})


@state_machine
def chosen_value(input):
    factor = 2 if input["n"] > 10 else 1
    return task(ONE, {"n": input["n"] + factor})


@state_machine
def kinds(input):
    if input["kind"] == "small":
        return task(ONE, {"n": input["n"]})
    elif input["kind"] == "large":
        return task(TWO, {"n": input["n"]})
    task(TELL, {"text": input["kind"]})
    return 0


@state_machine
def caught(input):
    try:
        return task(ONE, {"n": input["n"]})
    except Declined:
        task(TELL, {"text": "declined"})
        return 0
    except Busy:
        return task(TWO, {"n": input["n"]})


@state_machine
def fails(input):
    if input["n"] < 0:
        raise Declined("declined")
    return task(ONE, {"n": input["n"]})


@state_machine
def whiles(input):
    rounds = 0
    found: float = input["n"]
    while found < 100 and rounds < 5:
        rounds = rounds + 1
        found = task(ONE, {"n": found})
    return found


@state_machine
def loops(input):
    while True:
        next: float = task(ONE, {"n": input["n"]})
        if next > 10:
            break
        wait(60)
    return task(TWO, {"n": next})


@state_machine
def each(input):
    items: list[dict] = input["items"]
    for item in items:
        task(ONE, {"n": item["n"]})
        task(TELL, {"text": item["sku"]})


@state_machine
def sums(input):
    items: list[dict[str, float]] = input["items"]
    sum = 0
    for item in items:
        if item["n"] == 0:
            continue
        if item["n"] < 0:
            break
        found: float = task(ONE, {"n": item["n"]})
        sum = sum + found
    return sum


@state_machine
def ranges(input):
    done = False
    for i in range(3):
        for j in range(4):
            found: float = task(ONE, {"n": i + j})
            if found > input["n"]:
                done = True
                break
        if done:
            break


@state_machine
def branches(input):
    def left():
        return task(ONE, {"n": input["n"]})

    def right():
        b = task(TWO, {"n": input["n"]})
        return task(THREE, {"n": b})

    a, b = parallel(left, right)
    x: float = a
    y: float = b
    return x + y


@state_machine
def maps(input):
    def both(item):
        a: float = task(ONE, {"n": item["n"]})
        return task(TWO, {"n": a + item["n"]})

    found: list[float] = inline_map(both, input["items"])
    return sum(found)


@state_machine
def children(input):
    def child(item):
        return task(ONE, {"n": item["n"]})

    return distributed_map(child, input["items"])


@state_machine
def group(input):
    try:
        a = task(ONE, {"n": input["n"]})
        b = task(TWO, {"n": a})
        return task(THREE, {"n": b})
    except Exception:
        task(TELL, {"text": input["id"]})
        raise


@state_machine
def saga(input):
    a = task(ONE, {"n": input["n"]})
    try:
        b = task(TWO, {"n": a})
    except Exception:
        try:
            task(UNDO, {"n": a})
        except Exception:
            pass
        raise
    try:
        return task(THREE, {"n": b})
    except Exception:
        try:
            task(UNDO, {"n": b})
        except Exception:
            pass
        try:
            task(UNDO, {"n": a})
        except Exception:
            pass
        raise


@state_machine
def nested(input):
    # What the child failed with is the parent's failure.
    try:
        child = aws.optimized.states.start_execution(
            StateMachineArn="${StraightNumberStateMachineArn}", Input=input, pattern=".sync:2"
        )
    except Exception:
        raise
    n: float = child["Output"]
    aws.optimized.states.start_execution(StateMachineArn="${StraightNumberStateMachineArn}", Input=input)
    return n + 1


@state_machine
def straight_number(input):
    return task(ONE, {"n": input["n"]})


@state_machine
def waits(input):
    wait(300)
    wait(until=datetime.fromisoformat(input["ship_at"]))
    return task(ONE, {"n": input["n"]})


@state_machine
def asked(input):
    answer: float = aws.optimized.lambda_.invoke(
        FunctionName="ask",
        Payload={"token": context["Task"]["Token"], "n": input["n"]},
        pattern=".waitForTaskToken",
        timeout=86400,
    )
    return answer + 1


@state_machine
def options(input):
    limit: float | None = input.get("limit")
    if limit is None:
        return 0
    if limit > 3:
        return task(ONE, {"n": limit})
    return task(TWO, {"n": limit})


@state_machine
def stepless(input):
    items: list[dict] = input["items"]
    return [f"{item['sku']}: {item['n']}" for item in items if item["n"] > 0]


@state_machine
def sorted_out(input):
    limit: float | None = input.get("limit")
    if input["n"] > 10:
        if input["kind"] == "small":
            return task(ONE, {"n": input["n"]})
        if input["kind"] == "large":
            return task(TWO, {"n": input["n"]})
    elif limit is not None:
        if limit > input["n"]:
            return task(ONE, {"n": limit})
    return task(THREE, {"n": input["n"]})


@state_machine
def flagged(input):
    done = False
    found: float = input["n"]
    while not done:
        found = task(ONE, {"n": found})
        if found > 10:
            done = True
    return found


@state_machine
def skips(input):
    if input["n"] < 0:
        raise Declined("declined")
    n: float = input["n"]
    while n > 0:
        found: float = task(ONE, {"n": n})
        n = n - 1
        if found > 10:
            continue
        if found < 0:
            break
        n = task(TWO, {"n": found})
    return n


@state_machine
def grid(input):
    sum = 0
    start: float = input["n"]
    for i in range(3):
        for j in range(3):
            if i == j:
                continue
            found: float = task(ONE, {"n": i + j + start})
            sum = sum + found
    return sum


@state_machine
def staged(input):
    rate = 1
    if input["kind"] == "small":
        rate = 2
        task(TELL, {"text": input["kind"]})
    elif input["n"] > 3:
        rate = 3
    if rate > 2:
        return task(ONE, {"n": input["n"]})
    return task(TWO, {"n": rate})
