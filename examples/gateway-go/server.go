package main

// The guarded MCP server: a program that speaks MCP on its standard input and output.

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"time"

	pb "sluice.dev/examples/gateway-go/labelerv1"
)

const (
	// maxLineBytes is what a guard is given, less the words around it.
	maxLineBytes = 8<<20 - 4096
	// maxPages of a server's list of tools.
	maxPages = 100
	// backendTimeout is for one answer to a guard.
	backendTimeout = 20 * time.Second
	stopTimeout    = 5 * time.Second
)

// errAnswered: the server answered with a JSON-RPC error. Its text is not judged, so no agent sees it.
var errAnswered = errors.New("the server answered with an error")

// Server is asked one thing at a time. Nothing that it says by itself goes any further: nobody judges that.
type Server struct {
	command *exec.Cmd
	input   *os.File
	lines   chan []byte
	timeout time.Duration
	id      int
	tools   map[string]object
	order   []any
}

func startServer(command []string, timeout time.Duration) (*Server, error) {
	child := exec.Command(command[0], command[1:]...)
	child.Stderr = os.Stderr
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reading.Close()
	child.Stdin = reading
	output, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	server := &Server{command: child, input: writing, lines: make(chan []byte), timeout: timeout}
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, maxLineBytes)
	go func() {
		defer close(server.lines) // at its end, and at a line that is too long
		for lines.Scan() {
			server.lines <- append([]byte(nil), lines.Bytes()...)
		}
	}()
	return server, child.Start()
}

// initialize without the client's capabilities: a server's questions to it would pass unjudged.
func (server *Server) initialize(params object) (object, error) {
	bare := maps.Clone(params)
	bare["capabilities"] = object{}
	welcome, err := server.request("initialize", bare, time.Now().Add(server.timeout))
	if err != nil {
		return nil, err
	}
	welcome["capabilities"] = object{"tools": object{}}
	note := object{"jsonrpc": "2.0", "method": "notifications/initialized"}
	return welcome, server.send(note, time.Now().Add(server.timeout))
}

// listTools without output schemas, since a filtered result has no structured form.
func (server *Server) listTools(deadline time.Time) error {
	if server.tools != nil {
		return nil
	}
	tools, order, params := map[string]object{}, []any{}, object{}
	for range maxPages {
		page, err := server.request("tools/list", params, deadline)
		if err != nil {
			return err
		}
		list, _ := page["tools"].([]any)
		for _, item := range list {
			tool, _ := item.(object)
			name, isNamed := tool["name"].(string)
			if !isNamed {
				return Failure("BACKEND_ERROR")
			}
			delete(tool, "outputSchema")
			tools[name], order = tool, append(order, tool)
		}
		if page["nextCursor"] == nil {
			break
		}
		params = object{"cursor": page["nextCursor"]}
	}
	server.tools, server.order = tools, order
	return nil
}

func (server *Server) callTool(tool string, args object, deadline time.Time) (object, error) {
	result, err := server.request("tools/call", object{"name": tool, "arguments": args}, deadline)
	if _, isResult := result["content"].([]any); err == nil && !isResult {
		err = Failure("BACKEND_ERROR")
	}
	return result, err
}

// callForGuard: a guard may only read, by tools that the server's own list calls read-only.
func (server *Server) callForGuard(call *pb.BackendCall) *pb.BackendResult {
	deadline := time.Now().Add(backendTimeout)
	if err := server.listTools(deadline); err != nil {
		return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_UNAVAILABLE, "the server does not list its tools")
	}
	tool, has := server.tools[call.GetTool()]
	if !has {
		return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_NOT_FOUND, "the server has no such tool")
	}
	annotations, _ := tool["annotations"].(object)
	if annotations["readOnlyHint"] != true {
		return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_PERMISSION_DENIED, "a guard may only call read-only tools")
	}
	value, err := readJSON(call.GetArgs())
	args, isObject := value.(object)
	if err != nil || !isObject {
		return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_INVALID_ARGUMENT, "the arguments are no JSON object")
	}
	result, err := server.callTool(call.GetTool(), args, deadline)
	switch {
	case err == nil:
		return &pb.BackendResult{Outcome: &pb.BackendResult_Json{Json: writeJSON(result)}}
	case errors.Is(err, Failure("DEADLINE_EXCEEDED")):
		return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_DEADLINE_EXCEEDED, "the server did not answer in time")
	}
	return refusal(pb.BackendErrorCode_BACKEND_ERROR_CODE_UNAVAILABLE, "the server did not answer as it should")
}

func refusal(code pb.BackendErrorCode, words string) *pb.BackendResult {
	return &pb.BackendResult{Outcome: &pb.BackendResult_Error{Error: &pb.BackendError{Code: code, Message: words}}}
}

// request fails with errAnswered where the server's answer is an error.
func (server *Server) request(method string, params object, deadline time.Time) (object, error) {
	server.id++
	id := json.Number(strconv.Itoa(server.id))
	message := object{"jsonrpc": "2.0", "id": id, "method": method, "params": params}
	if err := server.send(message, deadline); err != nil {
		return nil, err
	}
	for {
		message, err := server.receive(deadline)
		if err != nil {
			return nil, err
		}
		_, asks := message["method"]
		switch {
		case !asks && message["id"] == id:
			result, isResult := message["result"].(object)
			if !isResult {
				return nil, errAnswered
			}
			return result, nil
		case asks && message["id"] != nil:
			words := object{"code": -32601, "message": "this client answers no requests"}
			if err := server.send(object{"jsonrpc": "2.0", "id": message["id"], "error": words}, deadline); err != nil {
				return nil, err
			}
		}
	}
}

func (server *Server) receive(deadline time.Time) (object, error) {
	select {
	case line, isOpen := <-server.lines:
		if !isOpen {
			return nil, Failure("BACKEND_UNAVAILABLE")
		}
		value, err := readJSON(line)
		message, isObject := value.(object)
		if err != nil || !isObject {
			return nil, Failure("BACKEND_ERROR")
		}
		return message, nil
	case <-time.After(time.Until(deadline)):
		return nil, Failure("DEADLINE_EXCEEDED")
	}
}

func (server *Server) send(message object, deadline time.Time) error {
	if err := server.input.SetWriteDeadline(deadline); err != nil {
		return Failure("BACKEND_UNAVAILABLE")
	}
	if _, err := server.input.Write(append(writeJSON(message), '\n')); err != nil {
		server.input.Close() // half a message may have been written
		return Failure("BACKEND_UNAVAILABLE")
	}
	return nil
}

// stop waits for the server to end by itself, and kills it where it does not.
func (server *Server) stop() {
	server.input.Close()
	kill := time.AfterFunc(stopTimeout, func() { _ = server.command.Process.Kill() })
	defer kill.Stop()
	for range server.lines {
	}
	_ = server.command.Wait()
}
