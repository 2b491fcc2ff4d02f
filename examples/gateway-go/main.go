// A gateway around one MCP server: MCP on standard input and output, a sidecar for the labels, and the decision here.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	pb "sluice.dev/examples/gateway-go/labelerv1"
)

type options struct {
	sidecar, guard, policy, mode, ca, cert, key string
	timeout                                     time.Duration
	server                                      []string
}

func main() {
	var given options
	flag.StringVar(&given.sidecar, "sidecar", "", "unix:/path or host:port")
	flag.StringVar(&given.guard, "guard", "", "its name in the sidecar's configuration")
	flag.StringVar(&given.policy, "policy", "", "a file with the guard's policy; the guard's own where not given")
	flag.StringVar(&given.mode, "mode", "propagate", "a floor: the guard may only be stricter")
	seconds := flag.Float64("timeout", 30, "for each question, and for each answer of the server, in seconds")
	flag.StringVar(&given.ca, "tls-ca", "", "a PEM file, for mutual TLS: all three or none")
	flag.StringVar(&given.cert, "tls-cert", "", "a PEM file")
	flag.StringVar(&given.key, "tls-key", "", "a PEM file")
	flag.Parse()
	given.timeout, given.server = time.Duration(*seconds*float64(time.Second)), flag.Args()
	if err := run(given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(given options) error {
	if given.sidecar == "" || given.guard == "" || len(given.server) == 0 {
		return errors.New("give -sidecar, -guard and, after --, the command of the server")
	}
	mode, err := parseMode(given.mode)
	if err != nil {
		return err
	}
	opening := &pb.Open{Guard: given.guard, Principal: "example"}
	if given.policy != "" {
		if opening.Policy, err = os.ReadFile(given.policy); err != nil {
			return err
		}
	}
	connection, err := connectionTo(given)
	if err != nil {
		return err
	}
	defer connection.Close()
	server, err := startServer(given.server, given.timeout)
	if err != nil {
		return err
	}
	defer server.stop()
	client := pb.NewLabelerServiceClient(connection)
	guard := &Guard{client: client, opening: opening, timeout: given.timeout, callBackend: server.callForGuard}
	return serve(&Gateway{server: server, guard: guard, operatorMode: mode})
}

// connectionTo the sidecar is made when it is needed, and again when it breaks. It takes no detour over a proxy.
func connectionTo(given options) (*grpc.ClientConn, error) {
	security, err := securityOf(given)
	if err != nil {
		return nil, err
	}
	sizes := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes))
	return grpc.NewClient(given.sidecar, grpc.WithTransportCredentials(security), grpc.WithNoProxy(), sizes, grpc.WithConnectParams(reconnect))
}

// A sidecar that comes back is found within a second; agents wait no longer than they must.
var reconnect = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
	MinConnectTimeout: time.Second,
}

func securityOf(given options) (credentials.TransportCredentials, error) {
	if given.ca == "" {
		for _, local := range []string{"unix:", "127.0.0.1:", "localhost:", "[::1]:"} {
			if strings.HasPrefix(given.sidecar, local) {
				return insecure.NewCredentials(), nil
			}
		}
		return nil, errors.New("who could change labels on their way would decide what agents get: give -tls-ca, -tls-cert and -tls-key")
	}
	authority, err := os.ReadFile(given.ca)
	if err != nil {
		return nil, err
	}
	own, err := tls.LoadX509KeyPair(given.cert, given.key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, errors.New("-tls-ca holds no certificate")
	}
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}
	return credentials.NewTLS(config), nil
}

// serve answers one request of the client after the other, until it closes standard input.
func serve(gateway *Gateway) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLineBytes)
	for lines.Scan() {
		if reply := replyTo(gateway, lines.Bytes()); reply != nil {
			reply["jsonrpc"] = "2.0"
			if _, err := os.Stdout.Write(append(writeJSON(reply), '\n')); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func replyTo(gateway *Gateway, line []byte) object {
	value, err := readJSON(line)
	if err != nil {
		return rpcError(nil, -32700, "this is no JSON, or names something twice")
	}
	request, _ := value.(object)
	method, hasMethod := request["method"].(string)
	params, hasParams := request["params"].(object)
	id, hasID := request["id"]
	switch {
	case request == nil, !hasParams && request["params"] != nil:
		return rpcError(nil, -32600, "this is no request")
	case !hasMethod || !hasID:
		return nil
	}
	result, err := answer(gateway, method, params)
	switch {
	case err != nil:
		return rpcError(id, -32603, "the request could not be answered")
	case result == nil:
		return rpcError(id, -32601, "this gateway has no such method or tool")
	}
	return object{"id": id, "result": result}
}

// answer is nil where it is nothing that this gateway judges: then it goes nowhere.
func answer(gateway *Gateway, method string, params object) (object, error) {
	switch method {
	case "initialize":
		return gateway.server.initialize(params)
	case "ping":
		return object{}, nil
	case "tools/list", "tools/call":
		if err := gateway.server.listTools(time.Now().Add(gateway.server.timeout)); err != nil {
			return nil, err
		}
		if method == "tools/list" {
			return object{"tools": gateway.server.order}, nil
		}
		return answerCall(gateway, params), nil
	}
	return nil, nil
}

func answerCall(gateway *Gateway, params object) object {
	name, _ := params["name"].(string)
	args, isObject := params["arguments"].(object)
	if params["arguments"] == nil {
		args, isObject = object{}, true
	}
	if _, has := gateway.server.tools[name]; !has || !isObject {
		return nil
	}
	return gateway.toolCall(name, args)
}

func rpcError(id any, code int, words string) object {
	return object{"id": id, "error": object{"code": code, "message": words}}
}
