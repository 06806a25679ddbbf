"""The example programs, for the other compiler."""

from datetime import datetime

from sfnx import Timeout, aws, context, distributed_map, inline_map, parallel, state_machine, task, wait

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/managers"


class Unanswered(Exception):
    pass


class Refused(Exception):
    pass


class TooSlow(Exception):
    pass


class TooManyTurns(Exception):
    pass


class Rejected(Exception):
    pass


class NotApproved(Exception):
    pass


class PaymentDeclined(Exception):
    pass


class InvalidOrderError(Exception):
    pass


class Declined(Exception):
    pass


@state_machine
def approval(input):
    if input["days"] > 2:
        asked = 0
        while True:
            asked = asked + 1
            try:
                decision = aws.optimized.sqs.send_message(
                    QueueUrl=QUEUE,
                    MessageBody={"may": input["who"], "asked": asked, "token": context["Task"]["Token"]},
                    pattern=".waitForTaskToken",
                    timeout=259200,
                )
                break
            except Timeout:
                if asked >= 2:
                    raise Unanswered("unanswered")
        if not decision["approved"]:
            raise Refused(f"refused by {decision['by']}")
    return task("${EnterFunctionArn}", {"leave": input})


@state_machine
def polling(input):
    job = task("${StartJobFunctionArn}", {"name": input})
    looks = 0
    pause = 1
    while looks < 10:
        looks = looks + 1
        progress = task("${LookFunctionArn}", {"job": job})
        if progress["state"] == "finished":
            return progress["url"]
        if progress["state"] == "running" and progress["percent"] > 50:
            wait(1)
        else:
            wait(pause)
        if pause < 60:
            pause = pause + pause
    raise TooSlow(f"not finished after {looks} looks")


@state_machine
def agent(input):
    conversation: list[dict] = [{"role": "user", "text": input}]
    turns = 0
    while turns < 20:
        turns = turns + 1
        turn: dict = task("${ThinkFunctionArn}", {"conversation": conversation})
        if "answer" in turn:
            return turn["answer"]
        if "multiply" in turn:
            product = task("${MultiplyFunctionArn}", {"a": turn["multiply"]["a"], "b": turn["multiply"]["b"]})
            text = f"{product}"
        else:
            text = task("${SearchFunctionArn}", {"query": turn["search"]})
        conversation = conversation + [{"role": "tool", "text": text}]
    raise TooManyTurns(f"no answer after {turns} turns")


@state_machine
def pipeline(input):
    event: dict = input
    if "click" in event:
        views = task("${CountViewFunctionArn}", {"page": event["click"]["page"]})
        return f"{views} views of {event['click']['page']}"
    if "sale" in event:
        score: float = task("${ScoreFunctionArn}", {"cents": event["sale"]["cents"]})
        if score > 0.8:
            return task("${AlertFunctionArn}", {"cents": event["sale"]["cents"], "score": score})
        return f"sold for {event['sale']['cents']}"
    return "alive"


@state_machine
def fanout(input):
    def bill(reading):
        return task("${BillFunctionArn}", {"reading": reading})

    bills = distributed_map(
        bill,
        source={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Arguments": {"Bucket": "meters", "Key": input["key"]},
        },
        max_concurrency=50,
        execution_type="EXPRESS",
    )
    return task("${ReportFunctionArn}", {"bills": bills})


@state_machine
def fulfil(input):
    def pick(item):
        return task("${PickFunctionArn}", {"item": item})

    parcels = inline_map(pick, input["items"])
    return task("${HandOverFunctionArn}", {"parcels": parcels})


@state_machine
def survey(input):
    wait(86400)
    return task("${AskFunctionArn}", {"id": input["id"]})


@state_machine
def purchase(input):
    payment = task("${ChargeFunctionArn}", {"id": input["id"]})
    try:
        shipped = aws.optimized.states.start_execution(
            StateMachineArn="${FulfilStateMachineArn}", Input=input, pattern=".sync:2"
        )
        aws.optimized.states.start_execution(StateMachineArn="${SurveyStateMachineArn}", Input=input)
    except Exception:
        try:
            task("${RefundFunctionArn}", {"payment": payment})
        except Exception:
            pass
        raise
    return f"{payment}: {shipped['Output']}"


@state_machine
def order_flow(input):
    try:
        order: dict = task("${ValidateOrderFunctionArn}", {"order": input})
    except InvalidOrderError as e:
        task("${OrderFailedFunctionArn}", {"id": input["orderId"], "reason": str(e)})
        raise Rejected("rejected")

    def inventory():
        return task("${CheckInventoryFunctionArn}", {"order": order})

    def fraud_check():
        return task("${FraudCheckFunctionArn}", {"order": order})

    stock, fraud = parallel(inventory, fraud_check)
    if fraud["score"] > 0.8 or order["totalCents"] > 1000000:
        approval = aws.optimized.lambda_.invoke(
            FunctionName="ask", Payload={"token": context["Task"]["Token"], "order": order}, pattern=".waitForTaskToken"
        )
        if not approval["approved"]:
            raise NotApproved("not approved")
    try:
        payment = task("${ChargePaymentFunctionArn}", {"order": order})
    except Declined as e:
        task("${RefundAndNotifyFunctionArn}", {"id": order["orderId"], "reason": str(e)})
        raise PaymentDeclined("declined")
    try:
        if stock["shipsLate"]:
            wait(3)
        task("${UpdateInventoryFunctionArn}", {"order": order, "stock": stock})
        return task("${SendConfirmationFunctionArn}", {"order": order, "payment": payment})
    except Exception as e:
        task("${RefundFunctionArn}", {"payment": payment})
        task("${NotifyCustomerFunctionArn}", {"email": order["customerEmail"]})
        task("${AlertOperationsFunctionArn}", {"id": order["orderId"], "error": type(e).__name__, "cause": str(e)})
        raise
