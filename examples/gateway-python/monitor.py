"""The decision: may this agent do this to that, and what may it read of what came back?

Pure: no I/O, no clock. docs/difc.md has the rules, test_monitor.py runs the vectors.
"""

from typing import NamedTuple

MODES = ("strict", "filter", "propagate")  # from the strictest


class Labels(NamedTuple):
    """Two empty sets are public and untrusted. `*` covers every tag, on the side of the superset only."""

    secrecy: frozenset[str]
    integrity: frozenset[str]


class Access(NamedTuple):
    """One access of an agent to a resource."""

    mode: str
    operation: str  # read, write or read-write
    agent: Labels
    resource: Labels


class Decision(NamedTuple):
    kind: str  # allow, allow-with-propagate or deny
    reason: str = ""
    secrecy: list[str] = []  # the tags that stand in the way, or that the agent will get
    integrity: list[str] = []  # the tags that stand in the way, or that the agent will lose


class Filtered(NamedTuple):
    fates: list[str | None]  # for each item the rule that withholds it
    refused: bool  # strict mode, and something may not be returned: then nothing is
    agent_after: Labels


def uncovered(superset: frozenset[str], subset: frozenset[str]) -> list[str]:
    """The tags of `subset` that `superset` does not cover."""
    return [] if "*" in superset else sorted(subset - superset)


def can_flow(source: Labels, target: Labels) -> bool:
    """Information may flow: it gets no less secret and no more trusted."""
    return not uncovered(target.secrecy, source.secrecy) and not uncovered(source.integrity, target.integrity)


def join(a: Labels, b: Labels) -> Labels:
    """The labels of data made from both."""
    return Labels(a.secrecy | b.secrecy, a.integrity & b.integrity)


def parse_mode(text: str) -> str:
    """Reads a mode in any case; empty is the strictest."""
    mode = text.lower() or "strict"
    if mode not in MODES:
        raise ValueError(f"{text!r} is no mode: say strict, filter or propagate")
    return mode


def floor_mode(operator: str, guard: str) -> str:
    """The mode that applies: the operator's is a floor, so a guard may only be stricter."""
    return min(operator, guard, key=MODES.index)


def broken_read_rule(access: Access, labels: Labels) -> str | None:
    """The rule that keeps this access from reading something with these labels."""
    if access.operation == "write" or access.mode == "propagate":
        return None
    if uncovered(labels.integrity, access.agent.integrity):
        return "READ_INTEGRITY"
    return "READ_SECRECY" if uncovered(access.agent.secrecy, labels.secrecy) else None


def broken_rule(access: Access, labels: Labels) -> str | None:
    """The rule that this access to something with these labels breaks."""
    read = broken_read_rule(access, labels)
    if read is not None or access.operation == "read":
        return read
    if uncovered(access.agent.integrity, labels.integrity):
        return "WRITE_INTEGRITY"
    return "WRITE_SECRECY" if uncovered(labels.secrecy, access.agent.secrecy) else None


def decide(access: Access) -> Decision:
    """Decides one access."""
    agent, resource = access.agent, access.resource
    rule = broken_rule(access, resource)
    match rule:
        case "READ_INTEGRITY":
            return Decision("deny", rule, [], uncovered(resource.integrity, agent.integrity))
        case "READ_SECRECY":
            return Decision("deny", rule, uncovered(agent.secrecy, resource.secrecy))
        case "WRITE_INTEGRITY":
            return Decision("deny", rule, [], uncovered(agent.integrity, resource.integrity))
        case "WRITE_SECRECY":
            return Decision("deny", rule, uncovered(resource.secrecy, agent.secrecy))
    if access.operation == "write" or can_flow(resource, agent):
        return Decision("allow")
    gained = uncovered(agent.secrecy, resource.secrecy)
    return Decision("allow-with-propagate", "LABEL_PROPAGATION", gained, uncovered(resource.integrity, agent.integrity))


def stops_call(access: Access, decision: Decision) -> bool:
    """A refused read in filter mode goes on, because single items may be readable."""
    return decision.kind == "deny" and (access.mode != "filter" or access.operation != "read")


def filter_items(access: Access, items: list[Labels | None]) -> Filtered:
    """Judges each item of a response. One without labels of its own carries the resource's."""
    labels = [access.resource if item is None else item for item in items]
    fates = [broken_rule(access, item) for item in labels]
    agent = access.agent
    if access.mode == "propagate" and access.operation != "write":
        for item, fate in zip(labels, fates):
            agent = join(agent, item) if fate is None else agent
    return Filtered(fates, access.mode == "strict" and any(fates), agent)
