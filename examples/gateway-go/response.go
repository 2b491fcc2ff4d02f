package main

// Where the items of a tool result are, which labels each of them has, and what is left when some are withheld.

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	errLost     = errors.New("the guard's items_path leads nowhere")
	errNotArray = errors.New("the guard's items_path leads to no array")
	errInArray  = errors.New("the items are inside another array")
)

// index: nine digits are more items than fit into a message.
var index = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,8})$`)

// PathLabels are the labels that a guard gave to the item that a JSON Pointer names or leads into; nil when it gave none.
type PathLabels struct {
	path   string
	labels *Labels
}

// Paths are the labels that a guard gave by JSON Pointer.
type Paths struct {
	entries   []PathLabels
	byDefault *Labels
	itemsPath string
}

// Found are the labels of the items of a result; of the whole result, as the only one, where isWhole.
type Found struct {
	labels   []*Labels
	isWhole  bool
	segments []string
}

// split takes a JSON Pointer apart. The leading slash may be missing, and "/" is the root.
func split(pointer string) []string {
	path := strings.TrimPrefix(pointer, "/")
	if path == "" {
		return []string{}
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(strings.ReplaceAll(segment, "~1", "/"), "~0", "~")
	}
	return segments
}

// itemIndex is the item that path names or leads into; -1 when it names none.
func itemIndex(path string, array []string) int {
	segments := split(path)
	if len(segments) <= len(array) || !slices.Equal(segments[:len(array)], array) {
		return -1
	}
	return indexOf(segments[len(array)])
}

func indexOf(segment string) int {
	if !index.MatchString(segment) {
		return -1
	}
	i, err := strconv.Atoi(segment)
	if err != nil {
		return -1
	}
	return i
}

// textItems are the places of the text items in content. Items without a type count as text.
func textItems(result any) []int {
	members, _ := result.(object)
	content, _ := members["content"].([]any)
	var places []int
	for i, item := range content {
		if textOf(item) != "" {
			places = append(places, i)
		}
	}
	return places
}

func textOf(item any) string {
	members, _ := item.(object)
	if kind, has := members["type"]; has && kind != "text" && kind != "" {
		return ""
	}
	text, _ := members["text"].(string)
	return text
}

// unwrap is what pointers lead into: the JSON that the text items make when joined, else the result itself.
func unwrap(result any) (value any, isWrapped bool, err error) {
	var text strings.Builder
	for _, i := range textItems(result) {
		text.WriteString(textOf(result.(object)["content"].([]any)[i]))
	}
	value, err = readJSON([]byte(text.String()))
	if errors.Is(err, errNoJSON) {
		return result, false, nil
	}
	return value, true, err
}

// findItems finds the items with their labels.
func findItems(result any, paths Paths) (Found, error) {
	value, _, err := unwrap(result)
	if err != nil {
		return Found{}, err
	}
	segments := split(paths.itemsPath)
	value, err = follow(value, segments)
	if err != nil {
		return Found{}, err
	}
	array, isArray := value.([]any)
	if !isArray {
		if paths.itemsPath != "" {
			return Found{}, errNotArray
		}
		return Found{labels: []*Labels{paths.byDefault}, isWhole: true}, nil
	}
	found := Found{labels: make([]*Labels, len(array)), segments: segments}
	for _, entry := range paths.entries { // the last for an item wins
		if i := itemIndex(entry.path, segments); i >= 0 && i < len(array) {
			found.labels[i] = entry.labels
		}
	}
	for i, labels := range found.labels {
		if labels == nil {
			found.labels[i] = paths.byDefault
		}
	}
	return found, nil
}

func follow(value any, segments []string) (any, error) {
	for _, segment := range segments {
		switch container := value.(type) {
		case object:
			if member, has := container[segment]; has {
				value = member
			} else if segment != "" {
				return nil, errLost
			}
		case []any:
			if i := indexOf(segment); i >= 0 && i < len(container) {
				value = container[i]
			} else if segment != "" {
				return nil, errLost
			}
		default:
			return nil, errLost
		}
	}
	return value, nil
}

// cut leaves these items only. isAlone: what is around the array may not be read, and goes, too. Other forms of the same
// (structuredContent) always go: a withheld item must not be left in them.
func cut(result object, found Found, kept []int, isAlone bool) (object, error) {
	value, isWrapped, err := unwrap(result)
	if err != nil {
		return nil, err
	}
	left, err := cutArray(value, found.segments, kept, isAlone)
	if err != nil {
		return nil, err
	}
	if !isWrapped {
		around := left.(object)
		delete(around, "structuredContent")
		return around, nil
	}
	text := textItem(string(writeJSON(left)))
	if isAlone {
		return object{"content": []any{text}}, nil
	}
	around := maps.Clone(result)
	delete(around, "structuredContent")
	around["content"] = replaceText(result["content"].([]any), textItems(result), text)
	return around, nil
}

// replaceText puts one text in the place of all that were parts of the document.
func replaceText(content []any, places []int, text object) []any {
	replaced := []any{}
	for i, item := range content {
		if i == places[0] {
			replaced = append(replaced, text)
		} else if !slices.Contains(places, i) {
			replaced = append(replaced, item)
		}
	}
	return replaced
}

func cutArray(value any, segments []string, kept []int, isAlone bool) (any, error) {
	if len(segments) == 0 {
		items := []any{}
		for _, i := range kept {
			items = append(items, value.([]any)[i])
		}
		return items, nil
	}
	members, isObject := value.(object)
	member, has := members[segments[0]]
	if !isObject || !has {
		return nil, errInArray
	}
	left, err := cutArray(member, segments[1:], kept, isAlone)
	if isAlone {
		return object{segments[0]: left}, err
	}
	around := maps.Clone(members)
	around[segments[0]] = left
	return around, err
}
