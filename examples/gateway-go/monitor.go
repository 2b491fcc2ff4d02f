package main

// The decision: may this agent do this to that, and what may it read of what came back?
// Pure: no I/O, no clock. docs/difc.md has the rules, vectors_test.go runs the vectors.

import (
	"fmt"
	"slices"
	"strings"
)

// Tags are a set. "*" covers every tag, on the side of the superset only.
type Tags map[string]struct{}

// Labels are what an agent, a resource or an item carries. Two empty sets are public and untrusted.
type Labels struct{ secrecy, integrity Tags }

// Mode is how strictly labels are enforced, from the strictest.
type Mode int

const (
	strict Mode = iota
	filter
	propagate
)

// Operation is what a call does. A guard that did not say has said readWrite.
type Operation int

const (
	readWrite Operation = iota
	read
	write
)

// Rule is what an access breaks; empty when it breaks none.
type Rule string

const (
	readIntegrity  Rule = "READ_INTEGRITY"
	readSecrecy    Rule = "READ_SECRECY"
	writeIntegrity Rule = "WRITE_INTEGRITY"
	writeSecrecy   Rule = "WRITE_SECRECY"
)

// Access is one access of an agent to a resource.
type Access struct {
	mode            Mode
	operation       Operation
	agent, resource Labels
}

// Decision has the rule that denies the access, and the tags that stand in the way, sorted; or, where it is allowed,
// those that the agent will get or lose by what it reads.
type Decision struct {
	rule               Rule
	secrecy, integrity []string
}

// Filtered says what becomes of the items of a response, and of the agent that gets them.
type Filtered struct {
	fates      []Rule
	isRefused  bool // strict mode, and something may not be returned: then nothing is
	agentAfter Labels
}

func tagsOf(list []string) Tags {
	tags := make(Tags, len(list))
	for _, tag := range list {
		tags[tag] = struct{}{}
	}
	return tags
}

// uncovered are the tags of subset that superset does not cover.
func uncovered(superset, subset Tags) []string {
	if _, all := superset["*"]; all {
		return nil
	}
	var missing []string
	for tag := range subset {
		if _, ok := superset[tag]; !ok {
			missing = append(missing, tag)
		}
	}
	slices.Sort(missing)
	return missing
}

func covers(superset, subset Tags) bool { return len(uncovered(superset, subset)) == 0 }

// canFlow: it gets no less secret and no more trusted.
func canFlow(source, target Labels) bool {
	return covers(target.secrecy, source.secrecy) && covers(source.integrity, target.integrity)
}

// join is what data made from both carries.
func join(a, b Labels) Labels {
	joined := Labels{Tags{}, Tags{}}
	for _, tags := range []Tags{a.secrecy, b.secrecy} {
		for tag := range tags {
			joined.secrecy[tag] = struct{}{}
		}
	}
	for tag := range a.integrity {
		if _, both := b.integrity[tag]; both {
			joined.integrity[tag] = struct{}{}
		}
	}
	return joined
}

// parseMode reads a mode in any case; empty is the strictest.
func parseMode(text string) (Mode, error) {
	switch strings.ToLower(text) {
	case "", "strict":
		return strict, nil
	case "filter":
		return filter, nil
	case "propagate":
		return propagate, nil
	}
	return strict, fmt.Errorf("%q is no mode: say strict, filter or propagate", text)
}

// floorMode: the operator's mode is a floor, so a guard may only be stricter.
func floorMode(operator, guard Mode) Mode { return min(operator, guard) }

// brokenReadRule is what keeps this access from reading something with these labels.
func brokenReadRule(access Access, labels Labels) Rule {
	switch {
	case access.operation == write || access.mode == propagate:
		return ""
	case !covers(labels.integrity, access.agent.integrity):
		return readIntegrity
	case !covers(access.agent.secrecy, labels.secrecy):
		return readSecrecy
	}
	return ""
}

// brokenRule is what this access to something with these labels breaks.
func brokenRule(access Access, labels Labels) Rule {
	rule := brokenReadRule(access, labels)
	switch {
	case rule != "" || access.operation == read:
		return rule
	case !covers(access.agent.integrity, labels.integrity):
		return writeIntegrity
	case !covers(labels.secrecy, access.agent.secrecy):
		return writeSecrecy
	}
	return ""
}

func decide(access Access) Decision {
	agent, resource := access.agent, access.resource
	rule := brokenRule(access, resource)
	switch rule {
	case readIntegrity:
		return Decision{rule, nil, uncovered(resource.integrity, agent.integrity)}
	case readSecrecy:
		return Decision{rule, uncovered(agent.secrecy, resource.secrecy), nil}
	case writeIntegrity:
		return Decision{rule, nil, uncovered(agent.integrity, resource.integrity)}
	case writeSecrecy:
		return Decision{rule, uncovered(resource.secrecy, agent.secrecy), nil}
	}
	if access.operation == write || canFlow(resource, agent) {
		return Decision{}
	}
	return Decision{"", uncovered(agent.secrecy, resource.secrecy), uncovered(resource.integrity, agent.integrity)}
}

// stopsCall: a refused read in filter mode goes on, because single items may be readable.
func stopsCall(access Access, decision Decision) bool {
	return decision.rule != "" && (access.mode != filter || access.operation != read)
}

// filterItems judges each item of a response. One without labels of its own carries the resource's.
func filterItems(access Access, items []*Labels) Filtered {
	filtered := Filtered{fates: make([]Rule, len(items)), agentAfter: access.agent}
	for i, labels := range items {
		if labels == nil {
			labels = &access.resource
		}
		filtered.fates[i] = brokenRule(access, *labels)
		if filtered.fates[i] != "" {
			filtered.isRefused = access.mode == strict
		} else if access.mode == propagate && access.operation != write {
			filtered.agentAfter = join(filtered.agentAfter, *labels)
		}
	}
	return filtered
}
