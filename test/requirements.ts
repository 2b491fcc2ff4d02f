/** What Sluice promises, and the test that proves it. */
export interface Requirement {
  readonly promise: string;
  /** Below `test/`. */
  readonly file: string;
  /** The name of the test, or of its suite, as it stands in the file. */
  readonly test: string;
}

export const requirements: readonly Requirement[] = [
  {
    promise: 'Every tool call ends as the rules of information flow say',
    file: 'e2e/pipeline.test.ts',
    test: 'a tool call through gateway, sidecar and guard',
  },
  {
    promise: 'What nobody withheld passes byte for byte',
    file: 'e2e/tools.test.ts',
    test: 'of the filesystem server is the server’s own, byte for byte',
  },
  {
    promise: 'A client cannot tell the gateway from the server behind it',
    file: 'differential/differential.test.ts',
    test: 'answers as without it',
  },
  {
    promise: 'A resource, a prompt or a completion is denied where the agent may not read it',
    file: 'e2e/requests.test.ts',
    test: 'is denied where the agent may not read it, and nothing of it is told',
  },
  {
    promise: 'What is no JSON within reaches no guard and no client',
    file: 'gateway/backend/backend.test.ts',
    test: 'fails with BACKEND_ERROR when its result is no JSON within, and the connection stays',
  },
  {
    promise: 'A new MCP session does not wash an agent clean',
    file: 'e2e/agents.test.ts',
    test: 'are not washed off by the end of its sessions and a new initialize',
  },
  {
    promise: 'Agents are told apart by their runs',
    file: 'e2e/agents.test.ts',
    test: 'are its own: another run has none of them, and no run is a run, too',
  },
  {
    promise: 'The run of a stranger leads to none of the stranger’s agents',
    file: 'e2e/access.test.ts',
    test: 'has agents of its own: the run of a stranger leads to none of the stranger’s',
  },
  {
    promise: 'No agent can end its own session and so wash itself clean',
    file: 'e2e/access.test.ts',
    test: 'lets nobody but an operator end one: neither another’s nor its own, to wash itself clean',
  },
  {
    promise: 'What an ended agent was waiting for reaches nobody',
    file: 'e2e/access.test.ts',
    test: 'delivers nothing of what an agent was waiting for when it was ended',
  },
  {
    promise: 'A client without a certificate of the authority gets through no handshake',
    file: 'e2e/tls.test.ts',
    test: 'refuses whoever shows none in the handshake, whatever it asks for',
  },
  {
    promise: 'Who holds which labels is told to the principal itself and to operators only',
    file: 'e2e/access.test.ts',
    test: 'tells a principal of its own agents, an operator of all, and of no keys',
  },
  {
    promise: 'No write is judged against labels older than what was delivered',
    file: 'e2e/agents.test.ts',
    test: 'whatever the order, no write is sent after a secret was delivered',
  },
  {
    promise: 'Nothing leaves for a server outside of its audience, not even in a read',
    file: 'e2e/agents.test.ts',
    test: 'refuses reads, too, before the guard and the server are asked',
  },
  {
    promise: 'The order of calls changes nothing about what guards grant',
    file: 'e2e/grants.test.ts',
    test: 'are the agent’s, whichever server it calls first',
  },
  {
    promise: 'A late grant adds secrecy, never integrity',
    file: 'e2e/grants.test.ts',
    test: 'after something was delivered, is secrecy only',
  },
  {
    promise: 'A server whose guard cannot be had is unavailable, never unguarded',
    file: 'e2e/tools.test.ts',
    test: 'answers initialize, and fails calls with',
  },
  {
    promise: 'What a guarded server says of its errors goes to the log only',
    file: 'e2e/tools.test.ts',
    test: 'fails a call of a guarded server, and only the log has its text',
  },
  {
    promise: 'A sidecar that is killed under load makes no call wrong',
    file: 'e2e/sidecar-faults.test.ts',
    test: 'again and again under load costs no call its correctness, and the gateway stays up',
  },
  {
    promise: 'A cancelled call is cancelled down to the guest',
    file: 'e2e/cancelling.test.ts',
    test: 'while it is labelled, unwinds the guest that waits for the backend, and the guard lives on',
  },
  {
    promise: 'Whatever a guest does, the next question is answered',
    file: 'sidecar/hostile-guards/cpu.test.ts',
    test: 'and the next question is answered',
  },
  {
    promise: 'A labeling that waited in a killed process is run again, once',
    file: 'sidecar/process/guard-process.test.ts',
    test: 'while a labeling waited in it for the backend lets that be asked again, once',
  },
  {
    promise: 'A labeling is never run a third time',
    file: 'sidecar/process/guard-process.test.ts',
    test: 'twice while a labeling waited in it fails that with PROCESS_LOST',
  },
  {
    promise: 'Every hostile guard of the corpus has its test',
    file: 'sidecar/hostile-guards/ledger.test.ts',
    test: 'has a test',
  },
  {
    promise: 'A module that uses a feature beyond WebAssembly 2.0 is refused by its name',
    file: 'sidecar/hostile-guards/admission-features.test.ts',
    test: 'A18',
  },
  {
    promise: 'A sidecar that cannot prove that it kills a guest does not serve',
    file: 'sidecar/process/prove-kill.test.ts',
    test: 'fails where the process stays',
  },
  {
    promise: 'A reload loses no call',
    file: 'sidecar/guard/reload.test.ts',
    test: 'loses no call under steady load, and shows how many there were',
  },
  {
    promise: 'A reload loses no tool call of an agent, whatever the new version grants',
    file: 'e2e/guard-reload.test.ts',
    test: 'loses no call',
  },
  {
    promise: 'A broken new version changes nothing',
    file: 'sidecar/guard/reload.test.ts',
    test: 'to a version that does not load is reported, and changes nothing',
  },
  {
    promise: 'One session that keeps failing never holds back the guard for others',
    file: 'sidecar/guard/failing-guards.test.ts',
    test: 'for one session, however often, pauses for that one and no other, and recovers by itself',
  },
  {
    promise: 'One session with 1,000 questions does not starve another with one',
    file: 'sidecar/guard/fairness.test.ts',
    test: 'one session',
  },
  {
    promise: 'A worn-out process is replaced without a gap',
    file: 'sidecar/process/supervision.test.ts',
    test: 'are replaced after so many calls without a gap, and nothing is lost',
  },
  {
    promise: 'A sidecar that is killed leaves no guard process behind, not even one whose guest loops',
    file: 'sidecar/process/supervision.test.ts',
    test: 'die with a sidecar that is killed, even those whose guest loops',
  },
  {
    promise: 'Who may have things labelled may not take guards out of service',
    file: 'sidecar/guard/administration.test.ts',
    test: 'is not to be had where labels are',
  },
  {
    promise: 'A guest that sleeps burns no CPU time',
    file: 'sidecar/hostile-guards/cpu.test.ts',
    test: 'that sleeps for longer than its CPU time burns none',
  },
  {
    promise: 'A guard process reaches nothing but its own source',
    file: 'sidecar/process/guard-permissions.test.ts',
    test: 'has an empty environment',
  },
  {
    promise: 'Sessions do not see each other’s policy',
    file: 'sidecar/guard/guard-session.test.ts',
    test: 'does not see the policy of another',
  },
  {
    promise: 'Guard processes end with their sidecar',
    file: 'sidecar/process/guard-process.test.ts',
    test: 'end by themselves when the sidecar is killed',
  },
  {
    promise: 'The committed guards are what their sources build',
    file: 'guards-rules/build.test.ts',
    test: 'guard is what its sources compile to',
  },
  {
    promise: 'The gateway and the sidecar share nothing but the protocol',
    file: 'layering.test.ts',
    test: 'the gateway never imports the sidecar',
  },
  {
    promise: 'Each server is behind /mcp what it is on its own route, and the agent is the same on both',
    file: 'e2e/aggregate.test.ts',
    test: 'are guarded as on their own routes: one agent, whatever the route',
  },
  {
    promise: 'What two servers ask a client at once is answered to each of them',
    file: 'e2e/aggregate.test.ts',
    test: 'that ask the client at once get its answers each to its own question',
  },
  {
    promise: 'Over stdio, standard output carries MCP messages and nothing else',
    file: 'e2e/stdio.test.ts',
    test: 'writes nothing but messages to its output, and ends when its input does',
  },
  {
    promise: 'A configuration of gh-aw’s gateway runs as it is',
    file: 'e2e/gh-aw.test.ts',
    test: 'is called by its address and its key, as they stand there',
  },
  {
    promise: 'Where gh-aw’s gateway goes on unguarded, a server is unavailable',
    file: 'e2e/gh-aw.test.ts',
    test: 'never goes on unguarded where a guard does not load or nobody reads a policy',
  },
  {
    promise: 'The quickstart works as it is printed',
    file: 'e2e/quickstart.test.ts',
    test: 'prints a line for curl that reads a file',
  },
  {
    promise: 'A response filter that fails delivers nothing of the result',
    file: 'e2e/shaping.test.ts',
    test: 'fails when its filter fails, and nothing of the result is delivered',
  },
  {
    promise: 'A response filter that never ends is ended, and those of others go on',
    file: 'e2e/shaping.test.ts',
    test: 'ends with its time when its filter never does, and the next is filtered',
  },
  {
    promise: 'A large result that cannot be written to a file is not delivered instead',
    file: 'e2e/shaping.test.ts',
    test: 'fails when its large result cannot be written',
  },
  {
    promise: 'A server that is rate limited is not asked, whichever agent calls',
    file: 'e2e/shaping.test.ts',
    test: 'is refused before the server is asked once that was called too often, for every agent',
  },
  {
    promise: 'What a server asks its client, and what the client answers, passes as it is',
    file: 'e2e/sdk-servers.test.ts',
    test: 'and has the answer, both as they are',
  },
  {
    promise: 'A server’s request that the agent may not read reaches no client',
    file: 'e2e/server-messages.test.ts',
    test: 'it never sees: a request is answered with an error, a log message is dropped',
  },
  {
    promise: 'The answer of an agent that has read a secret is not sent',
    file: 'e2e/server-messages.test.ts',
    test: 'is not sent, and before that it is',
  },
  {
    promise: 'Progress comes in order, with the client’s token, before the result',
    file: 'e2e/server-messages.test.ts',
    test: 'of progress comes in order, with the client’s token, before the result',
  },
  {
    promise: 'A server that floods its client is bounded, and the result still comes',
    file: 'e2e/server-messages.test.ts',
    test: 'that is one of very many is delivered or dropped, and the result still comes',
  },
  {
    promise: 'Two sessions of one agent never hear of each other',
    file: 'e2e/server-messages.test.ts',
    test: 'have processes of their own, and what is said on one never reaches the other',
  },
  {
    promise: 'Over a shared connection nothing of one client reaches another',
    file: 'e2e/server-messages.test.ts',
    test: 'has one process, and nothing of one client reaches the other but that the tools have changed',
  },
  {
    promise: 'Progress gives a call its time anew',
    file: 'e2e/server-faults.test.ts',
    test: 'tells of its progress, and a call has its time anew',
  },
  {
    promise: 'A session that a server forgot is opened again once, and no write is repeated',
    file: 'e2e/server-faults.test.ts',
    test: 'that has forgotten the session is not called again: the call fails, and the next one works',
  },
  {
    promise: 'A server that is killed in mid-call costs that call, and nothing it asked stays open',
    file: 'e2e/server-faults.test.ts',
    test: 'that is killed in mid-call fails the call; the next works, and the client is told that lists are others',
  },
  {
    promise: 'A server that is late is tried until it comes',
    file: 'e2e/server-faults.test.ts',
    test: 'that is late is no error for its clients: they are welcomed, and told when it has come',
  },
  {
    promise: 'A tool whose definition changed is withheld, denied and logged',
    file: 'e2e/server-faults.test.ts',
    test: 'is withheld from whoever saw it as it was, denied and logged, and another agent sees it',
  },
  {
    promise: 'What a server says of itself carries its declared integrity, all of it',
    file: 'e2e/server-faults.test.ts',
    test: 'is kept from an agent that may not read it: instructions, names, tools and all lists',
  },
  {
    promise: 'A server’s process ends with the session of its client',
    file: 'e2e/server-faults.test.ts',
    test: 'ends with the session of its client',
  },
  {
    promise: 'Clients and servers of both eras meet, all four ways',
    file: 'e2e/eras.test.ts',
    test: 'lists, calls, reads and completes; each result says what it is, and for how long',
  },
  {
    promise:
      'A modern server’s input is asked of a client with a session, its state untouched, ten times at most',
    file: 'e2e/era-faults.test.ts',
    test: 'is answered ten times for a client with a session, and then the call fails',
  },
  {
    promise: 'A client without sessions listens to a server with sessions',
    file: 'e2e/eras.test.ts',
    test: 'listens: what was agreed at once, then what changes, until it goes',
  },
  {
    promise: 'Progress of one client is no other client’s, whatever tokens they give',
    file: 'e2e/eras.test.ts',
    test: 'two clients of one agent with the same progress token',
  },
  {
    promise: 'An agent is the same in both eras',
    file: 'e2e/eras-judged.test.ts',
    test: 'that was tainted by a request without a session is so in its sessions',
  },
  {
    promise: 'An agent outside of an audience says nothing there, not even with a list',
    file: 'e2e/eras-judged.test.ts',
    test: 'says nothing to it with what is asked before any guard, nor with what it says of itself',
  },
  {
    promise: 'What a client answers to a server’s question is a write, in every request',
    file: 'e2e/eras-judged.test.ts',
    test: 'does not answer what the server has asked its client for, in a call or in any other request',
  },
  {
    promise: 'What one agent may read is kept for nobody else',
    file: 'e2e/eras-judged.test.ts',
    test: 'is for nobody else, whatever the server says of who may keep it',
  },
  {
    promise: 'A server that comes back as one of the other era is found again',
    file: 'e2e/era-faults.test.ts',
    test: 'is found again by clients of both eras: ',
  },
  {
    promise: 'A client of 2026-07-28 that leaves cancels its request',
    file: 'e2e/era-faults.test.ts',
    test: 'cancels its request at a server of its era',
  },
  {
    promise: 'All servers at once, for clients of 2026-07-28 as well',
    file: 'e2e/modern-aggregate.test.ts',
    test: 'a client without sessions in front of all servers',
  },
  {
    promise: 'A hostile guard can deny service, and declassifies nothing that the operator bounds',
    file: 'e2e/bounds.test.ts',
    test: 'a guard that would let secrets out',
  },
  {
    promise:
      'A hostile guard raises no integrity and grants no tags of another, where the operator bounds it',
    file: 'e2e/bounds.test.ts',
    test: 'a guard that would be trusted with more',
  },
  {
    promise: 'Outside of its bounds a guard’s answer is restricted, never widened',
    file: 'gateway/monitor/bounds.test.ts',
    test: 'lets nothing flow that the guard’s own word did not',
  },
  {
    promise: 'A call can be explained, and its tool is not called for that',
    file: 'e2e/explain.test.ts',
    test: 'explain',
  },
  {
    promise: 'What explain says of a call is what would become of it',
    file: 'e2e/pipeline.test.ts',
    test: '.id}, explained',
  },
  {
    promise: 'The same reason has the same words on every surface',
    file: 'gateway/response/outcome.test.ts',
    test: 'nothing else tells an agent a reason, so that it could be in other words',
  },
  {
    promise: 'Every decision is in the audit trail, which nobody changes unseen',
    file: 'e2e/audit.test.ts',
    test: 'has each of many calls at once, unbroken, with what they were and what they did to agents',
  },
  {
    promise: 'Where the audit trail is required, nothing is answered that is not in it',
    file: 'e2e/audit.test.ts',
    test: 'is what nothing is answered without while the disk is full, where it is required',
  },
  {
    promise: 'A gateway that is killed leaves an audit trail that verifies',
    file: 'e2e/audit.test.ts',
    test: 'is unbroken up to an unfinished line when the gateway is killed in the middle, and goes on behind it',
  },
  {
    promise: 'Nobody loses secrecy or gains integrity without a rule of the operator’s',
    file: 'e2e/privileges.test.ts',
    test: 'nothing that a tool says drops a tag',
  },
  {
    promise: 'A privilege washes nothing that was delivered after it was asked for',
    file: 'e2e/privileges.test.ts',
    test: 'is not washed: neither what is delivered while the tool is called, nor what comes after',
  },
  {
    promise: 'A privilege washes nothing that was asked for before it and comes after',
    file: 'e2e/privileges.test.ts',
    test: 'is not washed: a read that was sent before, and comes back after',
  },
  {
    promise: 'An agent does not word the question whose answer it profits of',
    file: 'e2e/privileges.test.ts',
    test: 'is not had for a question in the agent’s own words',
  },
  {
    promise: 'What the agent’s own client has answered is no approval, unless the operator says so',
    file: 'e2e/asked-approvals.test.ts',
    test: 'drops nothing by accepting, where the operator does not trust the client',
  },
  {
    promise: 'The labels are a lattice: what flows is an order, and joining is its least upper bound',
    file: 'laws/lattice.test.ts',
    test: 'is the least upper bound: whatever both may flow to, what is made of them may, too',
  },
  {
    promise: 'What is decided is what the page says, for any access',
    file: 'laws/decisions.test.ts',
    test: 'is what the page says',
  },
  {
    promise: 'No response makes an agent less tainted, in any mode and order',
    file: 'laws/decisions.test.ts',
    test: 'is never less tainted after any sequence of responses, also of calls that overlap',
  },
  {
    promise: 'Withholding shows nothing that strict mode would not show',
    file: 'laws/decisions.test.ts',
    test: 'never shows an item that strict mode would not show by itself',
  },
  {
    promise:
      'What an agent may not read does not show in what it gets, with a quiet notice not even as a count',
    file: 'laws/non-interference.test.ts',
    test: 'give it the very same bytes when the notice is quiet',
  },
  {
    promise: 'The notice tells how much was withheld, and nothing else of it',
    file: 'laws/non-interference.test.ts',
    test: 'give it the same bytes when as much is withheld, although the notice tells how much that is',
  },
  {
    promise: 'Non-interference holds through gateway, sidecar and guard',
    file: 'e2e/non-interference.test.ts',
    test: 'servers that differ only in what an agent may not read',
  },
  {
    promise: 'The monitor is small and depends on nothing but what it is given',
    file: 'laws/monitor.test.ts',
    test: 'can be read in ten minutes',
  },
  {
    promise: 'Each file of vectors is run by one test, all of it',
    file: 'vectors.test.ts',
    test: 'are those of these files, and no others',
  },
  {
    promise: 'The order of an agent’s first calls changes nothing',
    file: 'e2e/orders.test.ts',
    test: 'the first calls of an agent',
  },
  {
    promise: 'No write is judged by labels older than what was delivered',
    file: 'e2e/orders.test.ts',
    test: 'two reads and a write at the same time',
  },
  {
    promise: 'Labels with 100,000 tags are judged in bounded time',
    file: 'laws/bad-input.test.ts',
    test: 'are compared, joined and decided upon in linear time',
  },
  {
    promise: 'A million items are judged in bounded time',
    file: 'gateway/response/judge-response.test.ts',
    test: 'half of a million items are withheld, from both forms, in linear time',
  },
  {
    promise: 'What is nested too deeply is refused',
    file: 'laws/bad-input.test.ts',
    test: 'as deep as may be are judged, and one level deeper are refused, not taken for prose',
  },
  {
    promise: 'Pointers lead through no prototypes',
    file: 'laws/bad-input.test.ts',
    test: 'pointers through prototypes',
  },
  {
    promise: 'A name that comes twice where labels depend on it fails the call',
    file: 'laws/bad-input.test.ts',
    test: 'fails the call: which of them was labelled?',
  },
  {
    promise: 'Numbers beyond 2^53 are told apart, and keep their digits',
    file: 'laws/bad-input.test.ts',
    test: 'are told apart: labels of one are not those of its neighbour',
  },
  {
    promise: 'What a guard writes that is no UTF-8 is refused',
    file: 'fuzz/guard-output.test.ts',
    test: 'is read as the ABI says, or refused with the code that it says',
  },
  {
    promise: 'An item under two paths has the labels of the last',
    file: 'laws/bad-input.test.ts',
    test: 'one item under two paths',
  },
  {
    promise: 'Echoed items that are in two arrays fail the call',
    file: 'gateway/response/match-items.test.ts',
    test: 'echoed items in two arrays, one of which would pass unlabelled',
  },
  {
    promise: 'The loss of one sidecar of several loses no call',
    file: 'e2e/many-sidecars.test.ts',
    test: 'two are killed in turn in mid-load, one comes back, and not one call is lost',
  },
  {
    promise: 'A labeling that a sidecar has no room for is asked elsewhere, each at most once',
    file: 'gateway/guard/sidecar-pool.test.ts',
    test: 'gives up when the other has no room either, having asked each once',
  },
  {
    promise: 'A sidecar speaks TCP beyond loopback only to those with a certificate of its authority',
    file: 'sidecar/service/tls-front.test.ts',
    test: 'a sidecar with mutual TLS',
  },
  {
    promise: 'A gateway takes labels only from a sidecar with a certificate of its authority, for its name',
    file: 'e2e/sidecar-tls.test.ts',
    test: 'fails calls where the sidecar shows a certificate for another name, and the log says why',
  },
  {
    promise: 'Keys change without a restart, and those that do not fit change nothing',
    file: 'sidecar/service/tls-front.test.ts',
    test: 'are read again at SIGHUP, and those that do not fit change nothing',
  },
  {
    promise: 'The Kubernetes manifests keep the restricted pod security standard',
    file: 'examples/kubernetes.test.ts',
    test: 'enforces the restricted pod security standard, and keeps it',
  },
  {
    promise: 'A sidecar of its own deployment reaches nothing on the network',
    file: 'examples/kubernetes.test.ts',
    test: 'are reached by the gateway alone, and reach nothing',
  },
  {
    promise: "A question is one trace from the gateway down to the guest's turns and its backend calls",
    file: 'sidecar/telemetry/spans.test.ts',
    test: 'are children of the asker’s: its turns, and its backend calls with a context of their own',
  },
  {
    promise: 'A killed guard and the neighbour that ran again show in their traces',
    file: 'sidecar/telemetry/spans.test.ts',
    test: 'tell of the wait for a turn, of a kill, and of the neighbour that ran again',
  },
  {
    promise: 'Traces hold no words of guards and nothing of agents',
    file: 'sidecar/telemetry/spans.test.ts',
    test: 'name the tool of a backend call only where the gateway called it: a guest could name anything',
  },
  {
    promise: "The names of the sidecar's metrics are those that dashboards know",
    file: 'sidecar/telemetry/metrics.test.ts',
    test: 'are these',
  },
  {
    promise: 'A sidecar without a network tells a collector behind a Unix socket',
    file: 'sidecar/telemetry.test.ts',
    test: 'goes to a Unix socket over gRPC, with nothing but an endpoint and a protocol',
  },
  {
    promise: 'A sidecar starts the processes of its guards before it loads gRPC',
    file: 'sidecar/main.test.ts',
    test: 'starts its processes before it loads gRPC, so that both happen at the same time',
  },
  {
    promise: 'A sidecar serves only after it has killed a guest that does not return',
    file: 'sidecar/main.test.ts',
    test: 'has killed a guest that does not return before it listens',
  },
  {
    promise: 'A sidecar that is told to stop while it starts ends with 0 and leaves no process behind',
    file: 'sidecar/main.test.ts',
    test: 'by SIGINT ends with 0, and nothing is left',
  },
  {
    promise: "Reflection's descriptors are read when somebody asks for them, not at the start",
    file: 'sidecar/main.test.ts',
    test: 'loads no descriptors and no SDK of OpenTelemetry',
  },
  {
    promise: "OpenTelemetry's SDK is loaded only where it is configured",
    file: 'sidecar/telemetry.test.ts',
    test: 'loads the SDK only where something is configured',
  },
  {
    promise: "The gateway's own sidecar tells whom the gateway tells",
    file: 'e2e/sidecar-telemetry.test.ts',
    test: 'tells whom the gateway tells, under its own name, in the same traces',
  },
  {
    promise: 'What agents make up adds no series to the metrics',
    file: 'e2e/metrics.test.ts',
    test: 'do not grow with what agents make up: methods, tools, error codes',
  },
  {
    promise: 'No metric has a tag, a principal or a session',
    file: 'e2e/metrics.test.ts',
    test: 'have no tags, principals, sessions or arguments',
  },
  {
    promise: 'Agents cannot read the metrics',
    file: 'gateway/control/metrics-route.test.ts',
    test: 'is not for agents, whatever key they have',
  },
  {
    promise: 'Dashboard and alerts name what is exported, in both spellings',
    file: 'e2e/observability.test.ts',
    test: 'name metrics that there are, as they are ',
  },
  {
    promise: 'Each alert fires when it should',
    file: 'e2e/observability.test.ts',
    test: 'each fires when it should, and not before',
  },
  {
    promise: 'Whoever monitors guards fills no traces',
    file: 'e2e/metrics.test.ts',
    test: 'what is asked to tell how guards are is no trace',
  },
  {
    promise: 'One tool call is one trace through both processes, under the span of the client',
    file: 'e2e/guard-traces.test.ts',
    test: 'is one tree: the gateway’s spans, the sidecar’s in them, and the gateway’s again in those',
  },
  {
    promise: "A client's `_meta.traceparent` goes before its header",
    file: 'e2e/trace-context.test.ts',
    test: '`_meta.traceparent`, which goes before the header: the header may be that of a whole connection',
  },
  {
    promise:
      'A trace reaches servers that are programs through `_meta`, and those over HTTP through the header, too',
    file: 'e2e/trace-context.test.ts',
    test: 'a server that is a program, in `_meta`',
  },
  {
    promise: 'The ids of a trace reach no server in a call that is denied',
    file: 'e2e/trace-context.test.ts',
    test: 'no server where the call is denied: a trace’s ids are an agent’s to choose',
  },
  {
    promise: 'What is exported holds no argument, no result, no tag and no key',
    file: 'e2e/telemetry-secrets.test.ts',
    test: 'anything of what was planted in calls that pass, are denied, and fail',
  },
  {
    promise: 'Neither does `/metrics` of either process',
    file: 'e2e/telemetry-secrets.test.ts',
    test: 'or of what either process says at `/metrics`',
  },
  {
    promise: 'The names of spans, attributes and metrics are listed once, and no others are used',
    file: 'telemetry-names.test.ts',
    test: 'come from the lists: no source spells one',
  },
  {
    promise:
      'What servers say of their own accord has one span each, with why it was denied, and begins no traces beside it',
    file: 'e2e/message-traces.test.ts',
    test: 'has one span each, with its guard’s questions and the decision in it, as has the client’s answer',
  },
  {
    promise: "The gateway's own sidecar tells whom a configuration of gh-aw's names",
    file: 'e2e/sidecar-telemetry.test.ts',
    test: 'tells whom a configuration of gh-aw’s names, with its headers, and keeps what the gateway keeps',
  },
  {
    promise: 'Telemetry is never sent elsewhere than it says: an endpoint that is none stops the start',
    file: 'gateway/telemetry/telemetry-settings.test.ts',
    test: 'are refused in the sidecar’s words where an endpoint is none: it would be sent to the default one instead',
  },
  {
    promise: 'Without an endpoint nothing is sent, and servers get the same bytes',
    file: 'e2e/telemetry-faults.test.ts',
    test: 'nothing is sent, and a server gets the client’s own words, byte for byte',
  },
  {
    promise: 'A collector that does not answer costs no call, and one line of the log a minute',
    file: 'e2e/telemetry-faults.test.ts',
    test: 'costs no call, and each process one line of the log at most',
  },
  {
    promise: 'The package installs and runs: three commands, guards in processes with their permissions',
    file: 'package/package.test.ts',
    test: 'runs guards of the package in processes that may read their own source only',
  },
  {
    promise: 'The quickstart runs from the package',
    file: 'package/package.test.ts',
    test: 'plays the quickstart: guards label, the gateway decides',
  },
  {
    promise: 'The package brings no Node, no sources and no tests along',
    file: 'package/package.test.ts',
    test: 'holds no sources, no tests and nothing of whoever packed it',
  },
  {
    promise: 'The systemd units are what systemd knows, and leave little open',
    file: 'examples/systemd.test.ts',
    test: 'leave little open, by systemd',
  },
  {
    promise: 'A sidecar that cannot use its configuration is not started in a loop',
    file: 'gateway/sidecar-process.test.ts',
    test: 'that cannot use its configuration is not started again before that is read again',
  },
  {
    promise: 'The commands of the operating page run',
    file: 'docs/operating.test.ts',
    test: 'the commands of docs/operating.md',
  },
  {
    promise: 'The log holds no payload, tag or key unless the operator asks for payloads',
    file: 'e2e/logs.test.ts',
    test: 'holds no payload, tag, key or secret, whatever the level',
  },
  {
    promise: 'The log has fixed fields, and the trace that a line belongs to',
    file: 'gateway/log.test.ts',
    test: 'the gateway’s log',
  },
  {
    promise: 'A guard that floods the log fills no disk',
    file: 'sidecar/guard/guard-log.test.ts',
    test: 'over many calls is at most a megabyte at once and 32 KiB a second, and one line says how much was dropped',
  },
  {
    promise: 'On a terminal the log is text, with colours where they are wanted',
    file: 'e2e/logs.test.ts',
    test: 'on a terminal',
  },
  {
    promise: 'Operators see live what agents became, and which read tainted them',
    file: 'e2e/status.test.ts',
    test: 'shows what an agent does while it does it, and which read tainted it',
  },
  {
    promise: 'Hostile words on the status page are words',
    file: 'e2e/status.test.ts',
    test: 'shows hostile words as words',
  },
  {
    promise: 'Only operators see the status page',
    file: 'gateway/status/status-endpoint.test.ts',
    test: 'is for operators who have a key: as a bearer token, or as the password of a browser',
  },
  {
    promise: 'A browser that is logged in can do nothing but look',
    file: 'gateway/status/status-endpoint.test.ts',
    test: 'does not let a browser that is logged in do anything else',
  },
  {
    promise: 'What is kept for the status page is bounded',
    file: 'gateway/status/activity.test.ts',
    test: 'holds so many events of all sessions: the oldest of all makes room',
  },
  {
    promise: 'Who does not read the status page is dropped',
    file: 'gateway/status/status-watchers.test.ts',
    test: 'are dropped when they do not read',
  },
  {
    promise: 'What a labeling or a call costs gets no worse unnoticed',
    file: 'bench/gate.test.ts',
    test: 'no ratio is worse than its baseline',
  },
  {
    promise: 'The compose stack judges calls, from a client to a server in a container',
    file: 'compose/compose.test.ts',
    test: 'withholds private items of a result',
  },
  {
    promise: 'The image runs compiled files, and has no source of Sluice',
    file: 'compose/compose.test.ts',
    test: 'the image has everything compiled: Node takes no types off when it starts',
  },
  {
    promise: 'No container of the stack has a capability, and none gains privileges',
    file: 'compose/compose.test.ts',
    test: 'has a user of its own, no capability, no new privileges, and a seccomp filter',
  },
  {
    promise: 'The sidecar’s container has no way to any network',
    file: 'compose/compose.test.ts',
    test: 'the sidecar has no network: no interface, no route, and no socket of the internet',
  },
  {
    promise: 'A sidecar’s container that crashes comes back, and nothing passes unjudged meanwhile',
    file: 'compose/compose.test.ts',
    test: 'a sidecar that crashes is started again, and no call is delivered unjudged meanwhile',
  },
  {
    promise: 'In the stack a sidecar behind TCP and mutual TLS may stop, and no call is lost',
    file: 'compose/compose.test.ts',
    test: 'two sidecars label over TCP with mutual TLS, and no call is lost when one of them stops',
  },
  {
    promise: 'The installed package has the status page and telemetry',
    file: 'package/package.test.ts',
    test: 'serves the status page, and sends traces of gateway and sidecar',
  },
  {
    promise: 'The Kubernetes manifests run what the image has, as the users that it knows',
    file: 'examples/kubernetes-containers.test.ts',
    test: 'run programs of the image, as users that it knows',
  },
  {
    promise: 'The image has no shell',
    file: 'compose/compose.test.ts',
    test: 'the image has no shell and no npm, and is as small as the documents say',
  },
  {
    promise: 'Guards in AssemblyScript, Rust, Go and C say the same',
    file: 'guards/examples-agree.test.ts',
    test: 'the four guards of notes agree',
  },
  {
    promise: 'The committed modules of the examples are what their sources compile to',
    file: 'guards/examples-build.test.ts',
    test: 'byte for byte',
  },
  {
    promise: 'A guard is written in ten minutes by following the page',
    file: 'docs/write-a-guard.test.ts',
    test: 'leads from an empty folder to the labels that it shows',
  },
  {
    promise: 'Calls behind agentgateway are judged by the same guards and labels',
    file: 'e2e/ext-mcp.test.ts',
    test: 'go with its principal and run, from server to server, and are nobody else’s',
  },
  {
    promise: 'A response that agentgateway asks about without its request, or twice, is refused',
    file: 'e2e/ext-mcp.test.ts',
    test: 'of another target, method, principal or run is refused, and so is the right one after it',
  },
  {
    promise: 'Without a sidecar nothing passes behind agentgateway',
    file: 'e2e/ext-mcp.test.ts',
    test: 'denies requests, and responses that are on their way',
  },
  {
    promise: 'Beyond loopback only who shows a certificate may ask for agentgateway',
    file: 'e2e/ext-mcp-listener.test.ts',
    test: 'on TCP asks for a certificate of its authority, and speaks of its health',
  },
  {
    promise:
      'A guard’s author is told everything that keeps a sidecar from serving it, in the sidecar’s words',
    file: 'sidecar/guard-command/inspect-command.test.ts',
    test: 'names everything that is wrong, in the words of the admission',
  },
  {
    promise: 'Cases that expect a label find a tag that is missing and one too many',
    file: 'sidecar/guard-command/test-command.test.ts',
    test: 'shows each difference, and does not mind the order of tags',
  },
  {
    promise: 'A recorded case holds none of the words that were labelled, but for those of the policy',
    file: 'sidecar/guard-command/record-command.test.ts',
    test: 'writes what a gateway asks down as cases that hold, without what was in it',
  },
  {
    promise: 'A recorded case that redaction has changed says so',
    file: 'sidecar/guard-command/record-command.test.ts',
    test: 'marks a case that the guard answers otherwise when it is redacted, and says where',
  },
  {
    promise: 'The gate on costs fails for a real regression',
    file: 'bench/gate.test.ts',
    test: 'a sidecar that reads each payload five times more is a regression',
  },
  {
    promise:
      'Gateways in Go and Python judge calls with the sidecar’s labels, over a socket and over mutual TLS',
    file: 'examples/gateways.test.ts',
    test: 'speaks to a sidecar over TCP when both show who they are',
  },
  {
    promise: 'A gateway in another language delivers nothing while the sidecar is away',
    file: 'examples/gateways.test.ts',
    test: 'fails while the sidecar is away, and goes on where it is back',
  },
  {
    promise: 'The sidecar can be spoken to by hand, as the documents show',
    file: 'docs/gateways-in-other-languages.test.ts',
    test: 'says what the page shows',
  },
  {
    promise: 'A change of the protocol that breaks gateways or sidecars in the field fails the checks',
    file: 'contract/breaking.test.ts',
    test: 'a reason that is gone',
  },
  {
    promise: 'Each message, field, reason and error of the protocol has its line in the documents',
    file: 'docs/protocol.test.ts',
    test: 'has each field of',
  },
  {
    promise: 'A foreign sidecar can be held against the contract, and ours passes',
    file: 'conformance/check-sidecar.test.ts',
    test: 'passes ours in every check',
  },
  {
    promise: 'A foreign gateway can be held against the contract, and ours passes',
    file: 'conformance/check-gateway.test.ts',
    test: 'passes ours in every check',
  },
];
