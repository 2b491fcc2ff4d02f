package main

import (
	"errors"
	"strings"
	"time"

	pb "sluice.dev/examples/gateway-go/labelerv1"
)

// Gateway is one agent's session with one server. The agent's labels live here, and end with it.
type Gateway struct {
	server       *Server
	guard        *Guard
	operatorMode Mode
	agent        *Labels
}

// toolCall is the six questions of one call. Whatever goes wrong, nothing is delivered.
func (gateway *Gateway) toolCall(tool string, args object) object {
	if err := gateway.guard.open(); err != nil {
		return failed(failureReason(err), false)
	}
	if gateway.agent == nil {
		gateway.agent = gateway.guard.grant
	}
	arguments := writeJSON(args)

	// 1. What would it touch?
	resource, operation, err := gateway.guard.labelResource(tool, arguments)
	if err != nil {
		return failed(failureReason(err), false)
	}

	// 2. May it proceed?
	mode := floorMode(gateway.operatorMode, gateway.guard.mode)
	access := Access{mode, operation, *gateway.agent, resource}
	if decision := decide(access); stopsCall(access, decision) {
		return denied(decision.rule)
	}

	// 3. Do it.
	result, err := gateway.server.callTool(tool, args, time.Now().Add(gateway.server.timeout))
	if err != nil {
		return failed(failureReason(err), operation != read)
	}

	// 4. What came back? The answer of a write is as secret as what was written to.
	var labels *pb.ResponseLabels
	if operation != write {
		if labels, err = gateway.guard.labelResponse(tool, arguments, writeJSON(result)); err != nil {
			return failed(failureReason(err), operation != read)
		}
	}

	// 5. What may be read?
	delivered, agent, err := judgeResponse(access, tool, result, labels)
	if err != nil {
		return failed("BACKEND_ERROR", operation != read)
	}

	// 6. What has the agent become? Before anything of it is delivered.
	gateway.agent = &agent
	return delivered
}

// failureReason is what an agent is told: the words of others stay here.
func failureReason(err error) Failure {
	var failure Failure
	if errors.As(err, &failure) {
		return failure
	}
	return "BACKEND_ERROR"
}

// judgeResponse says what is delivered, and what the agent is that has got it.
func judgeResponse(access Access, tool string, result object, labels *pb.ResponseLabels) (object, Labels, error) {
	if access.operation == write {
		if !covers(access.agent.secrecy, access.resource.secrecy) {
			return acknowledgement(), access.agent, nil
		}
		return result, access.agent, nil
	}
	found, err := foundIn(result, labels)
	if err != nil {
		return nil, access.agent, err
	}
	filtered := filterItems(access, found.labels)
	withheld := firstRule(filtered.fates)
	if found.isWhole {
		if withheld != "" {
			return refuse(access, withheld, filtered.isRefused), access.agent, nil
		}
		return result, filtered.agentAfter, nil
	}
	isAlone := brokenReadRule(access, access.resource) != ""
	if withheld == "" && !isAlone {
		return result, filtered.agentAfter, nil
	}
	isListing := strings.HasPrefix(tool, "list_") || strings.HasPrefix(tool, "search_")
	isRefused := filtered.isRefused || (isAlone && access.mode == strict)
	if isRefused || (len(filtered.fates) == 1 && withheld != "" && !isListing) {
		return refuse(access, withheld, isRefused), access.agent, nil
	}
	left, err := cut(result, found, keptOf(filtered.fates), isAlone)
	if err == nil && withheld != "" {
		left = withNotice(left, filtered.fates)
	}
	return left, filtered.agentAfter, err
}

// foundIn: items that the guard echoed are not looked for, so that all of it passes, or none.
func foundIn(result object, labels *pb.ResponseLabels) (Found, error) {
	switch form := labels.GetForm().(type) {
	case *pb.ResponseLabels_Paths:
		paths := Paths{byDefault: optional(form.Paths.GetDefaultLabels()), itemsPath: form.Paths.GetItemsPath()}
		for _, entry := range form.Paths.GetEntries() {
			paths.entries = append(paths.entries, PathLabels{entry.GetPath(), optional(entry.GetLabels())})
		}
		return findItems(result, paths)
	case *pb.ResponseLabels_Items:
		echoed := []*Labels{nil} // the resource's hold for what was not echoed
		for _, entry := range form.Items.GetEntries() {
			echoed = append(echoed, optional(entry.GetLabels()))
		}
		return Found{labels: echoed, isWhole: true}, nil
	}
	return Found{labels: []*Labels{nil}, isWhole: true}, nil
}

// refuse: a tool that also writes has done its work, so that saying "denied" would be untrue.
func refuse(access Access, rule Rule, isRefused bool) object {
	switch {
	case access.operation != read:
		return acknowledgement()
	case isRefused:
		return denied(itemsWithheld)
	}
	return denied(rule)
}

func firstRule(fates []Rule) Rule {
	for _, rule := range fates {
		if rule != "" {
			return rule
		}
	}
	return ""
}

func keptOf(fates []Rule) []int {
	kept := []int{}
	for i, rule := range fates {
		if rule == "" {
			kept = append(kept, i)
		}
	}
	return kept
}
