"""A gateway around one MCP server: MCP on standard input and output, a sidecar for the labels, and the decision here."""

import argparse
import asyncio
import pathlib
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent / "gen"))

import grpc

import outcome
from labeler import CHANNEL_OPTIONS, Guard
from monitor import MODES, Access, Labels, broken_read_rule, decide, filter_items, floor_mode, stops_call, uncovered
from outcome import Failed
from response import Items, Paths, Unfilterable, cut, find_items, read_json, write_json
from server import MAX_LINE_BYTES, RpcError, Server
from sluice.labeler.v1 import labeler_pb2 as pb

LOCAL = ("unix:", "127.0.0.1:", "localhost:", "[::1]:")


class Gateway:
    """One agent's session with one server. The agent's labels live here, and end with it."""

    def __init__(self, server: Server, guard: Guard, operator_mode: str):
        self._server, self._guard, self._operator_mode = server, guard, operator_mode
        self._agent: Labels | None = None

    async def tool_call(self, tool: str, args: dict[str, Any]) -> dict[str, Any]:
        """The six questions of one call. Raises `Failed`: then nothing is delivered."""
        await self._guard.open()
        if self._agent is None:
            self._agent = self._guard.grant

        # 1. What would it touch?
        resource, operation = await self._guard.label_resource(tool, args)

        # 2. May it proceed?
        access = Access(floor_mode(self._operator_mode, self._guard.mode), operation, self._agent, resource)
        decision = decide(access)
        if stops_call(access, decision):
            return outcome.denied(decision.reason)

        try:
            # 3. Do it.
            result = await self._server.call_tool(tool, args)

            # 4. What came back? The answer of a write is as secret as what was written to.
            labels = None if operation == "write" else await self._guard.label_response(tool, args, result)

            # 5. What may be read?
            delivered, agent = judge_response(access, tool, result, labels)
        except Failed as failure:
            raise Failed(failure.reason, was_called=operation != "read") from None
        except (RpcError, Unfilterable):
            raise Failed("BACKEND_ERROR", was_called=operation != "read") from None

        # 6. What has the agent become? Before anything of it is delivered.
        self._agent = agent
        return delivered

    async def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        """None where it is nothing that this gateway judges: then it goes nowhere."""
        match method:
            case "initialize":
                return await self._server.initialize(params)
            case "ping":
                return {}
            case "tools/list":
                return {"tools": list((await self._server.tools()).values())}
            case "tools/call" if params.get("name") in await self._server.tools():
                try:
                    return await self.tool_call(params["name"], params.get("arguments", {}))
                except Failed as failure:
                    return outcome.failed(failure)
        return None


def judge_response(access: Access, tool: str, result: dict[str, Any],
                   labels: Paths | list[Labels | None] | None) -> tuple[dict[str, Any], Labels]:
    """What is delivered, and the agent that has got it."""
    if access.operation == "write":
        is_too_secret = uncovered(access.agent.secrecy, access.resource.secrecy)
        return (outcome.acknowledged() if is_too_secret else result), access.agent
    found = find_items(result, labels) if isinstance(labels, Paths) else labels
    if not isinstance(found, Items):
        # One item. Items that the guard echoed are not looked for: all of it passes, or none.
        filtered = filter_items(access, [None, *found] if isinstance(found, list) else [found])
        rule = next((fate for fate in filtered.fates if fate is not None), None)
        return refuse(access, rule, filtered.refused) if rule else (result, filtered.agent_after)
    fates, refused, agent_after = filter_items(access, found.labels)
    rule_around = broken_read_rule(access, access.resource)
    if not any(fates) and rule_around is None:
        return result, agent_after
    if refused or (rule_around is not None and access.mode == "strict"):
        return refuse(access, None, True)
    if len(fates) == 1 and fates[0] is not None and not tool.startswith(("list_", "search_")):
        return refuse(access, fates[0], False)
    kept = [index for index, fate in enumerate(fates) if fate is None]
    left = cut(result, found, kept, alone=rule_around is not None)
    return (outcome.with_notice(left, fates) if any(fates) else left), agent_after


def refuse(access: Access, rule: str | None, refused: bool) -> tuple[dict[str, Any], Labels]:
    """A tool that also writes has done its work: saying "denied" would be untrue."""
    if access.operation != "read":
        return outcome.acknowledged(), access.agent
    return outcome.denied("ITEMS_WITHHELD" if refused or rule is None else rule), access.agent


async def serve(gateway: Gateway) -> None:
    """One request of the client after the other, until it closes standard input."""
    while line := await asyncio.to_thread(sys.stdin.buffer.readline, MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            return
        reply = await reply_to(gateway, line)
        if reply is not None:
            print(write_json({"jsonrpc": "2.0", **reply}), flush=True)


async def reply_to(gateway: Gateway, line: bytes) -> dict[str, Any] | None:
    try:
        request = read_json(line)
    except (ValueError, Unfilterable):
        return {"id": None, "error": {"code": -32700, "message": "this is no JSON, or names something twice"}}
    params = request.get("params", {}) if isinstance(request, dict) else None
    if not isinstance(params, dict) or not isinstance(params.get("arguments", {}), dict):
        return {"id": None, "error": {"code": -32600, "message": "this is no request"}}
    if "id" not in request or "method" not in request:
        return None
    try:
        result = await gateway.answer(request["method"], params)
    except Exception as error:  # whatever went wrong, nothing is delivered
        print(f"a request failed: {type(error).__name__}", file=sys.stderr)
        return {"id": request["id"], "error": {"code": -32603, "message": "the request could not be answered"}}
    if result is None:
        return {"id": request["id"], "error": {"code": -32601, "message": "this gateway has no such method or tool"}}
    return {"id": request["id"], "result": result}


def channel_to(options: argparse.Namespace) -> grpc.aio.Channel:
    if options.tls_ca is None:
        if not options.sidecar.startswith(LOCAL):
            raise SystemExit("who could change labels on their way would decide what agents get: give --tls-ca, --tls-cert and --tls-key")
        return grpc.aio.insecure_channel(options.sidecar, CHANNEL_OPTIONS)
    files = (options.tls_ca, options.tls_key, options.tls_cert)
    credentials = grpc.ssl_channel_credentials(*(pathlib.Path(file).read_bytes() for file in files))
    return grpc.aio.secure_channel(options.sidecar, credentials, CHANNEL_OPTIONS)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sidecar", required=True, help="unix:/path or host:port")
    parser.add_argument("--guard", required=True, help="its name in the sidecar's configuration")
    parser.add_argument("--policy", help="a file with the guard's policy; the guard's own where not given")
    parser.add_argument("--mode", choices=MODES, default="propagate", help="a floor: the guard may only be stricter")
    parser.add_argument("--timeout", type=float, default=30, help="for each question, and for each answer of the server, in seconds")
    for name in ("--tls-ca", "--tls-cert", "--tls-key"):
        parser.add_argument(name, help="a PEM file, for mutual TLS; all three or none")
    parser.add_argument("server", nargs="+", help="the server's command, after --")
    options = parser.parse_args()
    if len({file is None for file in (options.tls_ca, options.tls_cert, options.tls_key)}) > 1:
        parser.error("--tls-ca, --tls-cert and --tls-key belong together")
    return options


async def main() -> None:
    options = parse_options()
    policy = pathlib.Path(options.policy).read_bytes() if options.policy else b""
    server = await Server.start(options.server, options.timeout)
    try:
        async with channel_to(options) as channel:
            opening = pb.Open(guard=options.guard, policy=policy, principal="example")
            guard = Guard(channel, opening, options.timeout, server.call_for_guard)
            await serve(Gateway(server, guard, options.mode))
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
