package main

// The sidecar's side: one stream is one guard session, opened again when it was lost.

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	pb "sluice.dev/examples/gateway-go/labelerv1"
)

const (
	// maxMessageBytes is the sidecar's own limit.
	maxMessageBytes = 32 << 20
	// tries of one question: it may be what takes the sidecar down.
	tries = 3
)

// errStreamLost: the stream is gone through no fault of the guard. Labelings are read-only, so they may be asked for again.
var errStreamLost = errors.New("the stream was lost")

// Guard is one guard, asked one thing at a time. Where there is no answer, nothing may be delivered.
type Guard struct {
	client      pb.LabelerServiceClient
	opening     *pb.Open
	timeout     time.Duration
	callBackend func(*pb.BackendCall) *pb.BackendResult

	stream pb.LabelerService_SessionClient
	cancel context.CancelFunc
	id     uint32
	mode   Mode
	grant  *Labels // of the first opening: opening again never changes the agent
}

func (guard *Guard) open() error {
	_, err := guard.attempt(func() (*pb.SessionResponse, error) { return nil, nil })
	return err
}

func (guard *Guard) labelResource(tool string, args []byte) (Labels, Operation, error) {
	question := &pb.Ask_LabelResource{LabelResource: &pb.LabelResource{ToolName: tool, ToolArgs: args}}
	answer, err := guard.ask(&pb.Ask{Question: question})
	if err != nil {
		return Labels{}, readWrite, err
	}
	if answer.GetResource() == nil {
		return Labels{}, readWrite, Failure("INVALID_OUTPUT")
	}
	operations := map[pb.Operation]Operation{pb.Operation_OPERATION_READ: read, pb.Operation_OPERATION_WRITE: write}
	return labelsOf(answer.GetResource().GetResource()), operations[answer.GetResource().GetOperation()], nil
}

// labelResponse gets labels that need not be there: then the resource's hold for all of it.
func (guard *Guard) labelResponse(tool string, args, result []byte) (*pb.ResponseLabels, error) {
	question := &pb.LabelResponse{ToolName: tool, ToolArgs: args, ToolResult: result}
	answer, err := guard.ask(&pb.Ask{Question: &pb.Ask_LabelResponse{LabelResponse: question}})
	if err == nil && answer.GetResponse() == nil {
		err = Failure("INVALID_OUTPUT")
	}
	return answer.GetResponse(), err
}

func (guard *Guard) ask(ask *pb.Ask) (*pb.Answer, error) {
	response, err := guard.attempt(func() (*pb.SessionResponse, error) {
		guard.id++
		ask.Id = guard.id
		ask.TimeoutMs = uint32(guard.timeout.Milliseconds() * 9 / 10) // so that we hear of it before our own time is over
		guard.write(&pb.SessionRequest{Message: &pb.SessionRequest_Ask{Ask: ask}})
		return guard.answer(ask.Id)
	})
	return response.GetAnswer(), err
}

// attempt works on an open stream. The sidecar keeps the time itself; the timer is for one that is frozen or away.
func (guard *Guard) attempt(work func() (*pb.SessionResponse, error)) (*pb.SessionResponse, error) {
	deadline, stop := context.WithTimeout(context.Background(), guard.timeout)
	defer stop()
	for range tries {
		response, err := guard.once(deadline, work)
		if deadline.Err() != nil {
			isOpen := guard.stream != nil
			guard.drop()
			if isOpen {
				return nil, Failure("DEADLINE_EXCEEDED")
			}
			return nil, Failure("GUARD_UNAVAILABLE")
		}
		if !errors.Is(err, errStreamLost) {
			return response, err
		}
	}
	return nil, Failure("GUARD_UNAVAILABLE")
}

func (guard *Guard) once(
	deadline context.Context,
	work func() (*pb.SessionResponse, error),
) (*pb.SessionResponse, error) {
	if guard.stream == nil {
		if err := guard.connect(deadline); err != nil {
			return nil, err
		}
	}
	cancel := guard.cancel
	defer context.AfterFunc(deadline, func() { cancel() })()
	return work()
}

func (guard *Guard) connect(deadline context.Context) error {
	lifetime, cancel := context.WithCancel(context.Background())
	defer context.AfterFunc(deadline, cancel)()
	stream, err := guard.client.Session(lifetime, grpc.WaitForReady(true))
	if err != nil {
		cancel()
		return failureOf(err)
	}
	guard.stream, guard.cancel = stream, cancel
	guard.write(&pb.SessionRequest{Message: &pb.SessionRequest_Open{Open: guard.opening}})
	response, err := guard.answer(0)
	if err != nil {
		return err
	}
	modes := map[pb.Mode]Mode{pb.Mode_MODE_FILTER: filter, pb.Mode_MODE_PROPAGATE: propagate}
	guard.mode = modes[response.GetOpened().GetMode()] // an unknown one is strict
	if guard.grant == nil {
		grant := labelsOf(response.GetOpened().GetAgent())
		guard.grant = &grant
	}
	return nil
}

// answer is that to this question, or to the opening, which has no id. What the guard asks meanwhile is answered.
func (guard *Guard) answer(id uint32) (*pb.SessionResponse, error) {
	for {
		response, err := guard.stream.Recv()
		if err != nil {
			guard.drop()
			return nil, failureOf(err)
		}
		switch message := response.GetMessage().(type) {
		case *pb.SessionResponse_Opened:
			if id == 0 {
				return response, nil
			}
		case *pb.SessionResponse_BackendCall:
			if message.BackendCall.GetId() == id {
				guard.answerBackendCall(message.BackendCall)
			}
		case *pb.SessionResponse_Answer:
			if message.Answer.GetId() == id {
				return response, nil
			}
		case *pb.SessionResponse_Failed:
			if message.Failed.GetId() == id {
				return nil, failureFor(strings.TrimPrefix(message.Failed.GetReason().String(), "REASON_"))
			}
		}
	}
}

func (guard *Guard) answerBackendCall(call *pb.BackendCall) {
	result := guard.callBackend(call)
	result.Id, result.Call = call.GetId(), call.GetCall()
	guard.write(&pb.SessionRequest{Message: &pb.SessionRequest_BackendResult{BackendResult: result}})
}

// write does not say why a stream has ended: Recv does.
func (guard *Guard) write(message *pb.SessionRequest) { _ = guard.stream.Send(message) }

func (guard *Guard) drop() {
	if guard.stream != nil {
		guard.cancel()
	}
	guard.stream = nil
}

// failureOf reads the reason in a stream's status. A broken connection has none, and a stream that ended has no status.
func failureOf(err error) error {
	if errors.Is(err, io.EOF) {
		return errStreamLost
	}
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return failureFor(info.GetReason())
		}
	}
	return errStreamLost
}

// failureFor: two reasons are of the stream, not of the question, so that it is opened again and asked again; so is what
// we do not know.
func failureFor(reason string) error {
	switch pb.Reason(pb.Reason_value["REASON_"+reason]) {
	case pb.Reason_REASON_UNSPECIFIED, pb.Reason_REASON_SHUTTING_DOWN, pb.Reason_REASON_GUARD_RELOADED:
		return errStreamLost
	}
	return Failure(reason)
}

func labelsOf(labels *pb.Labels) Labels {
	return Labels{tagsOf(labels.GetSecrecy()), tagsOf(labels.GetIntegrity())}
}

func optional(labels *pb.Labels) *Labels {
	if labels == nil {
		return nil
	}
	given := labelsOf(labels)
	return &given
}
