"""The decision and the reading of labels, by the vectors of the repository: python -m unittest"""

import json
import pathlib
import unittest

from monitor import Access, Labels, decide, filter_items, floor_mode, parse_mode, uncovered
from response import Items, Paths, Unfilterable, find_items, item_index, split, unwrap

VECTORS = pathlib.Path(__file__).parent.parent.parent / "test" / "vectors"


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["vectors"]


def labels(given):
    return None if given is None else Labels(frozenset(given.get("secrecy", ())), frozenset(given.get("integrity", ())))


def access(vector):
    return Access(vector["mode"], vector["operation"], labels(vector["agent"]), labels(vector["resource"]))


def category(rule):
    return rule.lower().replace("_", "-")


def by_code_unit(tags):
    """As the vectors sort: by UTF-16 code unit."""
    return sorted(tags, key=lambda tag: tag.encode("utf-16-be", "surrogatepass"))


class Vectors(unittest.TestCase):
    maxDiff = None

    def each(self, name, check):
        found = vectors(name)
        self.assertGreater(len(found), 10)
        for vector in found:
            with self.subTest(vector["id"]):
                check(vector)

    def test_flow(self):
        def check(vector):
            source, target = frozenset(vector["source"] or ()), frozenset(vector["target"] or ())
            self.assertEqual(by_code_unit(uncovered(target, source)), vector["secrecyViolating"])
            self.assertEqual(by_code_unit(uncovered(source, target)), vector["integrityViolating"])
            self.assertEqual(not uncovered(target, source), vector["secrecyFlows"])
            self.assertEqual(not uncovered(source, target), vector["integrityFlows"])

        self.each("flow", check)

    def test_evaluate(self):
        def check(vector):
            decision = decide(access(vector))
            actual = {
                "decision": decision.kind,
                **({"reason": category(decision.reason)} if decision.reason else {}),
                "secrecyToAdd": by_code_unit(decision.secrecy),
                "integrityToDrop": by_code_unit(decision.integrity),
            }
            self.assertEqual(actual, vector["expect"])

        self.each("evaluate", check)

    def test_filter(self):
        def check(vector):
            fates, refused, agent = filter_items(access(vector), [labels(item) for item in vector["items"]])
            actual = {
                "blocked": refused,
                "kept": [i for i, rule in enumerate(fates) if rule is None],
                "withheld": [{"index": i, "category": category(rule)} for i, rule in enumerate(fates) if rule],
                "agentAfter": {"secrecy": by_code_unit(agent.secrecy), "integrity": by_code_unit(agent.integrity)},
            }
            self.assertEqual(actual, vector["expect"])

        self.each("filter", check)

    def test_modes(self):
        def check(vector):
            expected = vector["expect"].get("mode")
            if vector["kind"] == "floor":
                self.assertEqual(floor_mode(vector["operator"], vector["guard"]), expected)
            elif expected is None:
                self.assertRaises(ValueError, parse_mode, vector["text"])
            else:
                self.assertEqual(parse_mode(vector["text"]), expected)

        self.each("modes", check)

    def test_path_labels(self):
        def check(vector):
            expected = vector["expect"]
            match vector["kind"]:
                case "split":
                    self.assertEqual(split(vector["pointer"]), expected["segments"])
                case "index":
                    self.assertEqual(item_index(vector["path"], split(vector["itemsPath"])), expected.get("index"))
                case "unwrap":
                    self.assertEqual(unwrap(vector["result"]), (expected["wrapped"], expected["value"]))
                case "resolve" if "error" in expected:
                    self.assertRaises(Unfilterable, find_items, vector["result"], paths(vector["pathLabels"]))
                case "resolve":
                    own = find_items(vector["result"], paths(vector["pathLabels"]))
                    found = own.labels if isinstance(own, Items) else [own]
                    resource = labels(vector["resource"])
                    self.assertEqual([item or resource for item in found], [labels(item["labels"]) for item in expected["resolved"]])
                    self.assertEqual(isinstance(own, Items), all(item["index"] != "whole" for item in expected["resolved"]))

        self.each("path-labels", check)

    def test_what_readers_may_understand_differently_is_refused(self):
        for text in ('{"a":1,"a":2}', "[" * 20_000 + "]" * 20_000, f"[{'1' * 5000}]", "[1e400]", "[1e999999999999999999]", "[0.12345678901234567890]"):
            with self.subTest(text[:30]):
                result = {"content": [{"type": "text", "text": text}]}
                self.assertRaises(Unfilterable, find_items, result, Paths([], None, ""))


def paths(given):
    entries = [(entry["path"], labels(entry.get("labels"))) for entry in given["labeled_paths"]]
    return Paths(entries, labels(given.get("default_labels")), given.get("items_path") or "")


if __name__ == "__main__":
    unittest.main()
