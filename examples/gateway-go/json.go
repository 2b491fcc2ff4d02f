package main

import (
	"bytes"
	"encoding/json"
	"errors"
)

// maxDepth is the sidecar's own limit for what it gives a guard.
const maxDepth = 256

var (
	errNoJSON  = errors.New("it is no JSON")
	errTwice   = errors.New("an object has a name twice")
	errTooDeep = errors.New("it is nested too deeply")
)

type object = map[string]any

// readJSON reads JSON of which all readers understand the same: an object that has a name twice is refused. Numbers keep
// their digits. It fails with errNoJSON only for what is none: what is, and cannot be read here, must not be taken for
// prose, since the guard may have labelled what is in it.
func readJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := readValue(decoder, maxDepth)
	if errors.Is(err, errTooDeep) || errors.Is(err, errTwice) {
		return nil, err
	}
	if err != nil || !json.Valid(text) {
		return nil, errNoJSON
	}
	return value, nil
}

func readValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if depth == 0 {
		return nil, errTooDeep
	}
	switch token {
	case json.Delim('['):
		return readList(decoder, depth-1)
	case json.Delim('{'):
		return readObject(decoder, depth-1)
	}
	return token, nil
}

func readList(decoder *json.Decoder, depth int) (any, error) {
	list := []any{}
	for decoder.More() {
		value, err := readValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := decoder.Token()
	return list, err
}

func readObject(decoder *json.Decoder, depth int) (any, error) {
	members := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		if _, twice := members[name.(string)]; twice {
			return nil, errTwice
		}
		members[name.(string)] = value
	}
	_, err := decoder.Token()
	return members, err
}

// writeJSON writes what readJSON read, on one line.
func writeJSON(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // only values that JSON cannot say
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
