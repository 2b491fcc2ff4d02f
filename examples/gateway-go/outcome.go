package main

// What a client gets: a result, denied (policy said no) or failed (it could not be judged, so nothing is returned).

import (
	"fmt"
	"maps"
	"strings"
)

var denials = map[Rule]string{
	readSecrecy:    "Denied: this is more secret than what you may read; use other sources, or tell the user.",
	readIntegrity:  "Denied: this is less trusted than what you may read; use trusted sources, or tell the user.",
	writeSecrecy:   "Denied: you carry information that may not go where this tool writes, so nothing was sent; tell the user.",
	writeIntegrity: "Denied: this tool writes where only trusted input may go, and yours is not, so nothing was sent; tell the user.",
	itemsWithheld:  "Denied: the response holds something that you may not read, and strict mode then denies all of it; ask for less.",
}

const (
	itemsWithheld Rule = "ITEMS_WITHHELD"
	wasCalled          = " The tool had been called and may have done its work, so check before you call it again."
	acknowledged       = "The tool was called and has answered, but its answer may not be shown to you; do not call it again for that."
)

// Failure is why a call could not be judged, or not be carried out: one of a closed set of reasons.
type Failure string

func (failure Failure) Error() string { return string(failure) }

func denied(rule Rule) object { return renderError("denied", string(rule), denials[rule]) }

func failed(failure Failure, called bool) object {
	words := fmt.Sprintf("Failed, so nothing is returned (%s); try again later, or tell the user.", failure)
	if called {
		words += wasCalled
	}
	return renderError("failed", string(failure), words)
}

// acknowledgement stands for the answer of a tool that has done its work, where that may not be read.
func acknowledgement() object { return object{"content": []any{textItem(acknowledged)}} }

// withNotice says how many items were withheld, and by which kind of rule.
func withNotice(result object, fates []Rule) object {
	var secrecy, integrity int
	for _, rule := range fates {
		if strings.HasSuffix(string(rule), "SECRECY") {
			secrecy++
		} else if rule != "" {
			integrity++
		}
	}
	count := secrecy + integrity
	words := fmt.Sprintf("[Sluice] %d withheld: %d by the secrecy policy, %d by the integrity policy.", count, secrecy, integrity)
	noticed := maps.Clone(result)
	content, _ := result["content"].([]any)
	noticed["content"] = append(append([]any{}, content...), textItem(words))
	meta := object{"sluice.dev/withheld": object{"count": count, "secrecy": secrecy, "integrity": integrity}}
	if given, ok := result["_meta"].(object); ok {
		for name, value := range given {
			if _, ours := meta[name]; !ours {
				meta[name] = value
			}
		}
	}
	noticed["_meta"] = meta
	return noticed
}

func textItem(text string) object { return object{"type": "text", "text": text} }

func renderError(kind, reason, words string) object {
	meta := object{"sluice.dev/outcome": kind, "sluice.dev/reason": reason}
	return object{"content": []any{textItem(words)}, "isError": true, "_meta": meta}
}
