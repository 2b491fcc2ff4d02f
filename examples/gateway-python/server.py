"""The guarded MCP server: a program that speaks MCP on its standard input and output."""

import asyncio
from typing import Any

from outcome import Failed
from response import Unfilterable, read_json, write_json
from sluice.labeler.v1 import labeler_pb2 as pb

MAX_LINE_BYTES = 8 * 1024 * 1024 - 4096  # what a guard is given, less the words around it
MAX_PAGES = 100  # of a server's list of tools
BACKEND_SECONDS = 20  # for one answer to a guard
STOP_SECONDS = 5


class RpcError(Exception):
    """The server answered with a JSON-RPC error. Its text is not judged, so no agent sees it."""


class Server:
    """Is asked one thing at a time. Nothing that it says by itself goes any further: nobody judges that."""

    def __init__(self, process: asyncio.subprocess.Process, timeout_seconds: float):
        self._process, self._timeout = process, timeout_seconds
        self._id = 0
        self._tools: dict[str, dict[str, Any]] | None = None

    @staticmethod
    async def start(command: list[str], timeout_seconds: float) -> "Server":
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=MAX_LINE_BYTES)
        return Server(process, timeout_seconds)

    async def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        """Without the client's capabilities: a server's questions to it would pass unjudged."""
        welcome = await self.request("initialize", {**params, "capabilities": {}})
        await self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return {**welcome, "capabilities": {"tools": {}}}

    async def tools(self) -> dict[str, dict[str, Any]]:
        """By name, without output schemas, since a filtered result has no structured form."""
        if self._tools is None:
            found: list[dict[str, Any]] = []
            cursor: dict[str, Any] = {}
            for _ in range(MAX_PAGES):
                page = await self.request("tools/list", cursor)
                found += page["tools"]
                if page.get("nextCursor") is None:
                    break
                cursor = {"cursor": page["nextCursor"]}
            plain = [{key: value for key, value in tool.items() if key != "outputSchema"} for tool in found]
            self._tools = {tool["name"]: tool for tool in plain}
        return self._tools

    async def call_tool(self, tool: str, args: dict[str, Any]) -> dict[str, Any]:
        result = await self.request("tools/call", {"name": tool, "arguments": args})
        if not isinstance(result.get("content"), list):
            raise Failed("BACKEND_ERROR")
        return result

    async def call_for_guard(self, call: pb.BackendCall) -> pb.BackendResult:
        """A guard may only read: tools that the server's own list calls read-only."""
        try:
            async with asyncio.timeout(BACKEND_SECONDS):
                tool = (await self.tools()).get(call.tool)
                if tool is None:
                    return refusal(pb.BACKEND_ERROR_CODE_NOT_FOUND, "the server has no such tool")
                if tool.get("annotations", {}).get("readOnlyHint") is not True:
                    return refusal(pb.BACKEND_ERROR_CODE_PERMISSION_DENIED, "a guard may only call read-only tools")
                args = read_json(call.args or b"{}")
                return pb.BackendResult(json=write_json(await self.call_tool(call.tool, args)).encode())
        except TimeoutError:
            return refusal(pb.BACKEND_ERROR_CODE_DEADLINE_EXCEEDED, "the server did not answer in time")
        except (Failed, RpcError, Unfilterable, ValueError):
            return refusal(pb.BACKEND_ERROR_CODE_UNAVAILABLE, "the server did not answer as it should")

    async def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Raises `Failed` when there is no answer, `RpcError` when it is an error."""
        self._id += 1
        try:
            async with asyncio.timeout(self._timeout):
                await self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
                answer = await self._answer()
        except TimeoutError:
            raise Failed("DEADLINE_EXCEEDED") from None
        if not isinstance(answer.get("result"), dict):
            raise RpcError
        return answer["result"]

    async def _answer(self) -> dict[str, Any]:
        while True:
            message = await self._receive()
            if message.get("id") == self._id and "method" not in message:
                return message
            if "method" in message and "id" in message:
                words = {"code": -32601, "message": "this client answers no requests"}
                await self._send({"jsonrpc": "2.0", "id": message["id"], "error": words})

    async def _receive(self) -> dict[str, Any]:
        try:
            line = await self._process.stdout.readline()
            message = read_json(line)
        except (ValueError, Unfilterable):
            # Too long, no JSON, or ended: what would come next cannot be told apart from it.
            await self.stop()
            raise Failed("BACKEND_UNAVAILABLE") from None
        if not isinstance(message, dict):
            raise Failed("BACKEND_ERROR")
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            self._process.stdin.write(write_json(message).encode() + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise Failed("BACKEND_UNAVAILABLE") from None

    async def stop(self) -> None:
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()


def refusal(code: "pb.BackendErrorCode", words: str) -> pb.BackendResult:
    return pb.BackendResult(error=pb.BackendError(code=code, message=words))
