// A guard for a server of notes: who may see a note decides how secret it is, who wrote it how far it is trusted.
package main

import (
	"encoding/json"
	"runtime"
	"slices"
	"strconv"
	"unsafe"
)

//go:wasmimport env host_log
func hostLog(level int32, text unsafe.Pointer, size int32)

//go:wasmimport env call_backend
func callBackend(tool unsafe.Pointer, toolSize int32, args unsafe.Pointer, argsSize int32, out unsafe.Pointer, outSize int32) int32

const (
	warning = 2
	failure = 3

	guardError     = -1
	bufferTooSmall = -2
	noLabels       = 0

	// What so many notes leave behind is a few megabytes.
	notesBetweenCollections = 8192
)

// object is a JSON object with exactly these names: the fields of a struct would also be found under NAMES IN CAPITALS.
type object map[string]json.RawMessage

// editors is the policy: nil until one was accepted.
var editors []string

// blocks keeps what the host borrowed, so that it is no garbage until the host gives it back.
var blocks = map[unsafe.Pointer][]byte{}

// spare is the last block that came back: the host asks for megabytes again and again.
var spare []byte

//go:wasmexport alloc
func alloc(size int32) unsafe.Pointer {
	block := spare
	spare = nil
	if len(block) < int(size) || len(block) == 0 {
		runtime.GC()
		block = make([]byte, max(size, 1))
	}
	start := unsafe.Pointer(&block[0])
	blocks[start] = block
	return start
}

//go:wasmexport dealloc
func dealloc(start unsafe.Pointer, size int32) {
	if block := blocks[start]; len(block) > len(spare) {
		spare = block
	}
	delete(blocks, start)
}

//go:wasmexport label_agent
func labelAgent(in unsafe.Pointer, size int32, out unsafe.Pointer, capacity int32) int32 {
	var policy object
	var list []*string
	editors = nil
	isPolicy := json.Unmarshal(bytes(in, size), &policy) == nil && len(policy) == 1
	if !isPolicy || json.Unmarshal(policy["editors"], &list) != nil || list == nil || slices.Contains(list, nil) {
		return answer(`{"success":false,"error":"the policy must be {\"editors\": [names]}, and nothing else"}`, out, capacity)
	}
	editors = []string{}
	for _, name := range list {
		editors = append(editors, *name)
	}
	return answer(`{"agent":{"secrecy":[],"integrity":["notes:edited"]},"difc_mode":"filter"}`, out, capacity)
}

//go:wasmexport label_resource
func labelResource(in unsafe.Pointer, size int32, out unsafe.Pointer, capacity int32) int32 {
	call, tool, isCall := readCall(in, size)
	if !isCall {
		return fail("no policy was accepted, or this is no call")
	}
	switch tool {
	case "read_note":
		return labelNote(call, "read", out, capacity)
	case "write_note":
		return labelNote(call, "write", out, capacity)
	case "list_notes":
		return answer(`{"resource":{"description":"all notes",`+labels(false, false)+`},"operation":"read"}`, out, capacity)
	}
	// Tags that nobody holds: what this guard does not know is open to nobody.
	return answer(`{"resource":{"description":"unknown","secrecy":["notes:closed"],`+
		`"integrity":["notes:closed"]},"operation":"read-write"}`, out, capacity)
}

func labelNote(call object, operation string, out unsafe.Pointer, capacity int32) int32 {
	var args object
	if json.Unmarshal(call["tool_args"], &args) != nil || !isString(args["id"]) {
		return fail("the call has no id of a note")
	}
	note, isKnown := lookUp(args["id"])
	if !isKnown {
		return fail("nobody knows what the note is")
	}
	return answer(`{"resource":{"description":"a note",`+labelsOf(note)+`},"operation":"`+operation+`"}`, out, capacity)
}

//go:wasmexport label_response
func labelResponse(in unsafe.Pointer, size int32, out unsafe.Pointer, capacity int32) int32 {
	call, tool, isCall := readCall(in, size)
	if !isCall {
		return fail("no policy was accepted, or this is no call")
	}
	var list object
	var notes []json.RawMessage
	text, isTold := told(call["tool_result"])
	if tool != "list_notes" || !isTold || json.Unmarshal(text, &list) != nil {
		return noLabels
	}
	if json.Unmarshal(list["notes"], &notes) != nil || notes == nil {
		return noLabels
	}
	// Straight into the host's buffer; what does not fit is moved by append, and then only its size counts.
	labeled := append(bytes(out, capacity)[:0], `{"labeled_paths":[`...)
	note := map[string]any{}
	for i, each := range notes {
		// Go collects garbage beside the program, for which WebAssembly has no threads: a long list waits for it.
		if i%notesBetweenCollections == notesBetweenCollections-1 {
			runtime.GC()
		}
		clear(note)
		// What is no object leaves it empty.
		_ = json.Unmarshal(each, &note)
		if i > 0 {
			labeled = append(labeled, ',')
		}
		labeled = append(labeled, `{"path":"/notes/`...)
		labeled = strconv.AppendInt(labeled, int64(i), 10)
		labeled = append(labeled, `","labels":{`...)
		labeled = append(labeled, labelsOf(note)...)
		labeled = append(labeled, `}}`...)
	}
	return answer(append(labeled, `],"items_path":"/notes"}`...), out, capacity)
}

// labelsOf says the labels of a note. What says nothing about itself is private, and nobody's.
func labelsOf(note map[string]any) string {
	author, isText := note["author"].(string)
	return labels(note["visibility"] == "public", isText && slices.Contains(editors, author))
}

func labels(isPublic, isEdited bool) string {
	secrecy, integrity := `["notes:private"]`, `[]`
	if isPublic {
		secrecy = `[]`
	}
	if isEdited {
		integrity = `["notes:edited"]`
	}
	return `"secrecy":` + secrecy + `,"integrity":` + integrity
}

// lookUp asks the server for a note; false where it does not say.
func lookUp(id json.RawMessage) (note map[string]any, isKnown bool) {
	tool := []byte("read_note")
	args := []byte(`{"id":` + string(id) + `}`)
	out := make([]byte, 4096)
	for {
		code := callBackend(unsafe.Pointer(&tool[0]), int32(len(tool)), unsafe.Pointer(&args[0]), int32(len(args)),
			unsafe.Pointer(&out[0]), int32(len(out)))
		if code >= 0 {
			text, isTold := told(out[:code])
			return note, isTold && json.Unmarshal(text, &note) == nil && note != nil
		}
		if code != bufferTooSmall {
			log(warning, "read_note: error "+strconv.Itoa(int(code)))
			return nil, false
		}
		// The host keeps the answer, and says how much room it needs: asking again costs no second call.
		out = make([]byte, max(*(*uint32)(unsafe.Pointer(&out[0])), uint32(2*len(out))))
	}
}

// told is the JSON in the one text of a tool result; false where the tool failed, or answered otherwise.
func told(result json.RawMessage) (text []byte, isTold bool) {
	var fields object
	var content []object
	if json.Unmarshal(result, &fields) != nil || string(fields["isError"]) == "true" {
		return nil, false
	}
	if json.Unmarshal(fields["content"], &content) != nil || len(content) != 1 || !isString(content[0]["text"]) {
		return nil, false
	}
	var decoded string
	err := json.Unmarshal(content[0]["text"], &decoded)
	return []byte(decoded), err == nil
}

func readCall(in unsafe.Pointer, size int32) (call object, tool string, isCall bool) {
	isCall = editors != nil && json.Unmarshal(bytes(in, size), &call) == nil && isString(call["tool_name"]) &&
		json.Unmarshal(call["tool_name"], &tool) == nil
	return call, tool, isCall
}

func isString(value json.RawMessage) bool {
	return len(value) > 0 && value[0] == '"'
}

func bytes(start unsafe.Pointer, size int32) []byte {
	return unsafe.Slice((*byte)(start), size)
}

func answer[Text string | []byte](text Text, out unsafe.Pointer, capacity int32) int32 {
	if len(text) <= int(capacity) {
		copy(bytes(out, capacity), text)
		return int32(len(text))
	}
	if capacity >= 4 {
		*(*uint32)(out) = uint32(len(text))
	}
	return bufferTooSmall
}

func log(level int32, text string) {
	hostLog(level, unsafe.Pointer(unsafe.StringData(text)), int32(len(text)))
}

func fail(why string) int32 {
	log(failure, why)
	return guardError
}

// main is never called: the module is a reactor, which _initialize starts.
func main() {}
