"""The sidecar's side: one stream is one guard session, opened again when it was lost."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from monitor import Labels
from outcome import Failed
from response import Paths
from sluice.labeler.v1 import labeler_pb2 as pb

MAX_MESSAGE_BYTES = 32 * 1024 * 1024  # the sidecar's own limit
TRIES = 3  # of one question: it may be what takes the sidecar down
OPERATIONS = {pb.OPERATION_READ: "read", pb.OPERATION_WRITE: "write"}  # anything else is a read-write
MODES = {pb.MODE_FILTER: "filter", pb.MODE_PROPAGATE: "propagate"}  # anything else is strict
# Of the stream, not of the question: open again and ask again. So is a broken connection, and what we do not know.
LOST = {"UNSPECIFIED", "SHUTTING_DOWN", "GUARD_RELOADED"}
REASONS = {name.removeprefix("REASON_"): number for name, number in pb.Reason.items()}
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # what may decide what an agent gets takes no detour
    ("grpc.max_reconnect_backoff_ms", 1000),
]


class Lost(Exception):
    """The stream is gone through no fault of the guard. Labelings are read-only, so they may be asked for again."""


class Guard:
    """One guard, asked one thing at a time. Raises `Failed` when there is no answer: then nothing may be delivered."""

    def __init__(self, channel: grpc.aio.Channel, opening: pb.Open, timeout_seconds: float,
                 call_backend: Callable[[pb.BackendCall], Awaitable[pb.BackendResult]]):
        self._session = channel.stream_stream(
            "/sluice.labeler.v1.LabelerService/Session",
            request_serializer=pb.SessionRequest.SerializeToString,
            response_deserializer=pb.SessionResponse.FromString,
        )
        self._opening, self._timeout, self._call_backend = opening, timeout_seconds, call_backend
        self._stream: Any = None
        self._id = 0
        self.mode = "strict"
        self.grant: Labels | None = None  # of the first opening: opening again never changes the agent

    async def open(self) -> None:
        await self._attempt(lambda: self._opened())

    async def label_resource(self, tool: str, args: dict[str, Any]) -> tuple[Labels, str]:
        question = pb.LabelResource(tool_name=tool, tool_args=to_bytes(args))
        answer = await self._attempt(lambda: self._ask(pb.Ask(label_resource=question)))
        if answer.WhichOneof("labels") != "resource":
            raise Failed("INVALID_OUTPUT")
        return from_labels(answer.resource.resource), OPERATIONS.get(answer.resource.operation, "read-write")

    async def label_response(self, tool: str, args: dict[str, Any], result: dict[str, Any]) -> Paths | list[Labels | None] | None:
        """By pointers; or those of echoed items; or none, and the resource's labels hold for all of it."""
        question = pb.LabelResponse(tool_name=tool, tool_args=to_bytes(args), tool_result=to_bytes(result))
        answer = await self._attempt(lambda: self._ask(pb.Ask(label_response=question)))
        if answer.WhichOneof("labels") != "response":
            raise Failed("INVALID_OUTPUT")
        match answer.response.WhichOneof("form"):
            case "paths":
                paths = answer.response.paths
                entries = [(entry.path, optional(entry, "labels")) for entry in paths.entries]
                return Paths(entries, optional(paths, "default_labels"), paths.items_path)
            case "items":
                return [optional(entry, "labels") for entry in answer.response.items.entries]
        return None

    async def _attempt(self, work: Callable[[], Awaitable[Any]]) -> Any:
        try:
            async with asyncio.timeout(self._timeout):
                for _ in range(TRIES):
                    try:
                        return await work()
                    except Lost:
                        self._drop()
        except TimeoutError:
            # The sidecar keeps the time itself; this is for one that is frozen or away.
            is_open = self._stream is not None
            self._drop()
            raise Failed("DEADLINE_EXCEEDED" if is_open else "GUARD_UNAVAILABLE") from None
        raise Failed("GUARD_UNAVAILABLE")

    async def _opened(self) -> None:
        if self._stream is not None:
            return
        stream = self._session(wait_for_ready=True)
        try:
            await self._write(stream, pb.SessionRequest(open=self._opening))
            opened = (await self._answer(stream, 0)).opened
        except BaseException:
            stream.cancel()
            raise
        self._stream = stream
        self.mode = MODES.get(opened.mode, "strict")
        self.grant = self.grant or from_labels(opened.agent)

    async def _ask(self, ask: pb.Ask) -> pb.Answer:
        await self._opened()
        self._id += 1
        ask.id, ask.timeout_ms = self._id, int(self._timeout * 900)  # so that we hear of it before our own time is over
        await self._write(self._stream, pb.SessionRequest(ask=ask))
        return (await self._answer(self._stream, ask.id)).answer

    async def _answer(self, stream: Any, id: int) -> pb.SessionResponse:
        """The answer to this question, or to the opening, which has no id. What the guard asks meanwhile is answered."""
        while True:
            message = await self._read(stream)
            match message.WhichOneof("message"):
                case "opened" if id == 0:
                    return message
                case "backend_call" if message.backend_call.id == id:
                    result = await self._call_backend(message.backend_call)
                    result.id, result.call = id, message.backend_call.call
                    await self._write(stream, pb.SessionRequest(backend_result=result))
                case "answer" if message.answer.id == id:
                    return message
                case "failed" if message.failed.id == id:
                    raise failure(next((name for name, number in REASONS.items() if number == message.failed.reason), ""))

    async def _write(self, stream: Any, message: pb.SessionRequest) -> None:
        try:
            await stream.write(message)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await self._read(stream)  # says why it has ended
            raise Lost from None

    async def _read(self, stream: Any) -> pb.SessionResponse:
        try:
            message = await stream.read()
        except grpc.aio.AioRpcError as error:
            self._drop()
            raise failure(reason_of(error)) from None
        if message is grpc.aio.EOF:
            self._drop()
            raise failure(reason_of(stream) if await stream.code() != grpc.StatusCode.OK else "")
        return message

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
        self._stream = None


def reason_of(error: Any) -> str:
    """The reason in a stream's status; empty where there is none."""
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        return ""
    for detail in status.details if status is not None else []:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


def failure(reason: str) -> Exception:
    return Lost() if reason in LOST or reason not in REASONS else Failed(reason)


def to_bytes(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def from_labels(labels: pb.Labels) -> Labels:
    return Labels(frozenset(labels.secrecy), frozenset(labels.integrity))


def optional(message: Any, field: str) -> Labels | None:
    return from_labels(getattr(message, field)) if message.HasField(field) else None
