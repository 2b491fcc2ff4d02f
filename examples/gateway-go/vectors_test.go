package main

// The decision and the reading of labels, by the vectors of the repository: go test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

type wireLabels struct{ Secrecy, Integrity []string }

type wirePaths struct {
	LabeledPaths []struct {
		Path   string
		Labels *wireLabels
	} `json:"labeled_paths"`
	DefaultLabels *wireLabels `json:"default_labels"`
	ItemsPath     string      `json:"items_path"`
}

type vector struct {
	ID, Kind, Mode, Operation, Text, Operator, Guard, Pointer, Path, ItemsPath string
	Source, Target                                                             []string
	Agent, Resource                                                            wireLabels
	Items                                                                      []*wireLabels
	Result                                                                     json.RawMessage
	PathLabels                                                                 wirePaths
	SecrecyViolating, IntegrityViolating                                       []string
	SecrecyFlows, IntegrityFlows                                               bool
	Expect                                                                     struct {
		Decision, Reason, Mode, Error string
		SecrecyToAdd, IntegrityToDrop []string
		Blocked, Wrapped              bool
		Kept                          []int
		Withheld                      []struct {
			Index    int
			Category string
		}
		AgentAfter wireLabels
		Segments   []string
		Index      *int
		Value      json.RawMessage
		Resolved   []struct {
			Index  any
			Labels wireLabels
		}
	}
}

func forEach(t *testing.T, name string, check func(*testing.T, vector)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "test", "vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 10 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	for _, each := range file.Vectors {
		t.Run(each.ID, func(t *testing.T) { check(t, each) })
	}
}

func expect(t *testing.T, actual, expected any) {
	t.Helper()
	if !reflect.DeepEqual(actual, expected) {
		t.Errorf("is %#v, not %#v", actual, expected)
	}
}

func (given wireLabels) labels() Labels {
	return Labels{tagsOf(given.Secrecy), tagsOf(given.Integrity)}
}

func (given *wireLabels) optional() *Labels {
	if given == nil {
		return nil
	}
	labels := given.labels()
	return &labels
}

func (each vector) access(t *testing.T) Access {
	mode, err := parseMode(each.Mode)
	expect(t, err, nil)
	operations := map[string]Operation{"read": read, "write": write, "read-write": readWrite}
	return Access{mode, operations[each.Operation], each.Agent.labels(), each.Resource.labels()}
}

func category(rule Rule) string { return strings.ReplaceAll(strings.ToLower(string(rule)), "_", "-") }

// byCodeUnit sorts as the vectors do.
func byCodeUnit(tags []string) []string {
	sorted := append([]string{}, tags...)
	slices.SortFunc(sorted, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	return sorted
}

func listed(tags Tags) []string { return byCodeUnit(uncovered(Tags{}, tags)) }

func TestFlow(t *testing.T) {
	forEach(t, "flow", func(t *testing.T, each vector) {
		source, target := tagsOf(each.Source), tagsOf(each.Target)
		expect(t, byCodeUnit(uncovered(target, source)), each.SecrecyViolating)
		expect(t, byCodeUnit(uncovered(source, target)), each.IntegrityViolating)
		expect(t, covers(target, source), each.SecrecyFlows)
		expect(t, covers(source, target), each.IntegrityFlows)
	})
}

func TestEvaluate(t *testing.T) {
	forEach(t, "evaluate", func(t *testing.T, each vector) {
		decision := decide(each.access(t))
		kind, reason := "allow", category(decision.rule)
		switch {
		case decision.rule != "":
			kind = "deny"
		case len(decision.secrecy)+len(decision.integrity) > 0:
			kind, reason = "allow-with-propagate", "label-propagation"
		}
		expect(t, []string{kind, reason}, []string{each.Expect.Decision, each.Expect.Reason})
		expect(t, byCodeUnit(decision.secrecy), each.Expect.SecrecyToAdd)
		expect(t, byCodeUnit(decision.integrity), each.Expect.IntegrityToDrop)
	})
}

func TestFilter(t *testing.T) {
	forEach(t, "filter", func(t *testing.T, each vector) {
		items := []*Labels{}
		for _, item := range each.Items {
			items = append(items, item.optional())
		}
		filtered := filterItems(each.access(t), items)
		withheld := map[int]string{}
		for i, rule := range filtered.fates {
			if rule != "" {
				withheld[i] = category(rule)
			}
		}
		expected := map[int]string{}
		for _, item := range each.Expect.Withheld {
			expected[item.Index] = item.Category
		}
		expect(t, withheld, expected)
		expect(t, keptOf(filtered.fates), each.Expect.Kept)
		expect(t, filtered.isRefused, each.Expect.Blocked)
		after := wireLabels{listed(filtered.agentAfter.secrecy), listed(filtered.agentAfter.integrity)}
		expect(t, after, each.Expect.AgentAfter)
	})
}

func TestModes(t *testing.T) {
	names := []string{"strict", "filter", "propagate"}
	forEach(t, "modes", func(t *testing.T, each vector) {
		if each.Kind == "floor" {
			mode := floorMode(Mode(slices.Index(names, each.Operator)), Mode(slices.Index(names, each.Guard)))
			expect(t, names[mode], each.Expect.Mode)
			return
		}
		mode, err := parseMode(each.Text)
		expect(t, err != nil, each.Expect.Error != "")
		if err == nil {
			expect(t, names[mode], each.Expect.Mode)
		}
	})
}

func TestPathLabels(t *testing.T) {
	forEach(t, "path-labels", func(t *testing.T, each vector) {
		switch each.Kind {
		case "split":
			expect(t, split(each.Pointer), each.Expect.Segments)
		case "index":
			expected := -1
			if each.Expect.Index != nil {
				expected = *each.Expect.Index
			}
			expect(t, itemIndex(each.Path, split(each.ItemsPath)), expected)
		case "unwrap":
			value, isWrapped, err := unwrap(parsed(t, each.Result))
			expect(t, err, nil)
			expect(t, isWrapped, each.Expect.Wrapped)
			expect(t, value, parsed(t, each.Expect.Value))
		case "resolve":
			checkResolve(t, each)
		}
	})
}

func checkResolve(t *testing.T, each vector) {
	paths := Paths{byDefault: each.PathLabels.DefaultLabels.optional(), itemsPath: each.PathLabels.ItemsPath}
	for _, entry := range each.PathLabels.LabeledPaths {
		paths.entries = append(paths.entries, PathLabels{entry.Path, entry.Labels.optional()})
	}
	found, err := findItems(parsed(t, each.Result), paths)
	expect(t, err != nil, each.Expect.Error != "")
	expect(t, len(found.labels), len(each.Expect.Resolved))
	for i, resolved := range each.Expect.Resolved {
		labels := found.labels[i]
		if labels == nil {
			labels = each.Resource.wire().optional()
		}
		expect(t, *labels, resolved.Labels.labels())
		expect(t, found.isWhole, resolved.Index == "whole")
	}
}

func (given wireLabels) wire() *wireLabels { return &given }

func parsed(t *testing.T, text []byte) any {
	value, err := readJSON(text)
	expect(t, err, nil)
	return value
}

func TestWhatReadersMayUnderstandDifferentlyIsRefused(t *testing.T) {
	for _, text := range []string{`{"a":1,"a":2}`, strings.Repeat("[", 20000) + strings.Repeat("]", 20000)} {
		result := object{"content": []any{textItem(text)}}
		if _, err := findItems(result, Paths{}); err == nil {
			t.Errorf("%.30s was read", text)
		}
	}
}
